"""Errors as two lines: what happened, what to do."""

from __future__ import annotations

from typing import Any

from jupyter_sw.cli.surface import Interrupted
from jupyter_sw.errors import SwError
from jupyter_sw.schemas.text import plain

_RED, _PLAIN = "\x1b[31m", "\x1b[0m"


def render_in_two_lines(error: SwError | Interrupted) -> None:
    """Let IPython show `error` without a traceback through our own code.

    It stays the exception that it is: it stops Run All, nbclient and papermill, and can be caught.
    """
    lines = [f"{_RED}{type(error).__name__}{_PLAIN}: {plain(error.message)}"]
    if error.hint:
        lines.append(plain(error.hint))
    shown: Any = error
    shown._render_traceback_ = lambda: lines
