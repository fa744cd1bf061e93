"""The model that stand-in workers are given: a real header, nothing behind it."""

from __future__ import annotations

from pathlib import Path

from tests.models.samples import gguf


def tiny_gguf(directory: Path) -> str:
    """Write a tiny GGUF and return its path, which is its URI."""
    path = directory / "tiny.gguf"
    path.write_bytes(gguf())
    return str(path)
