"""The project that this process works in: what `run` uses where none is named."""

from __future__ import annotations

import os

VARIABLE = "JUPYTER_SW_PROJECT"

_used = ""


def current() -> str | None:
    """Return the project of this process: the one in use, else the environment's."""
    return _used or os.environ.get(VARIABLE) or None


def use(name: str) -> None:
    """Use a project from now on, for as long as this process lives."""
    global _used
    _used = name
