"""Text that strangers write and people read: what may be in it, and how it is made harmless."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

# Escape sequences of terminals: CSI (colours, cursor), OSC and its kin (titles, links, clipboard).
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_].*?(?:\x07|\x1b\\|\Z)|\x1b[ -/]*[0-~]?", re.DOTALL
)
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f"  # all but tab and line feed
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they make text look like another
_CONTROL = re.compile(f"[{_CONTROLS}]")
_HIDDEN = re.compile(f"[{_CONTROLS}{_BIDI}]")


def plain(text: str) -> str:
    """Return text without what a terminal would obey: model output must not write commands."""
    return _CONTROL.sub("", _ESCAPES.sub("", text).replace("\r\n", "\n"))


def _visible(text: str) -> str:
    if _HIDDEN.search(text):
        raise ValueError("control characters are not allowed")
    return text


Visible = Annotated[str, AfterValidator(_visible)]
"""Text of a person, which shows what is in it; lines and tabs are fine."""
