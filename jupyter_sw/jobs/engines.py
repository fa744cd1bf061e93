"""Which engines are installed here."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from jupyter_sw.schemas.jobs import Engine


def engine_version(engine: Engine) -> str | None:
    """Return the installed version of an engine's library, without importing it."""
    package = {Engine.TRANSFORMERS: "transformers", Engine.LLAMACPP: "xllamacpp"}[engine]
    try:
        return version(package)
    except PackageNotFoundError:
        return None
