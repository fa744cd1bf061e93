"""The model that stand-in workers are given: a real header, nothing behind it."""

from __future__ import annotations

from pathlib import Path

from tests.models.samples import gguf


def tiny_gguf(directory: Path, name: str = "tiny", gib: int = 0) -> str:
    """Write a GGUF and return its path, which is its URI.

    One of many GiB is a hole in the file system: its header is true, its weights are not there.
    """
    path = directory / f"{name}.gguf"
    path.write_bytes(gguf(rows=gib * 1024))
    if gib:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size + gib * 2**30 + 4096)
    return str(path)
