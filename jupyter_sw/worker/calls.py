"""Finds tool calls in a reply while it is written.

Only what may still become a call is held back. What looked like one and is none (no JSON, no
function that was offered) is given back as text.
"""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Collection
from typing import Any

from jupyter_sw.schemas.tools import CalledFunction, ToolCall
from jupyter_sw.worker.formats import CallFormat

_OUTSIDE = frozenset("{}[]:, \t\r\n-+.0123456789eEtrufalsn")  # JSON's own, outside of its strings
_LETTERS = string.ascii_letters + string.digits

Found = tuple[str, tuple[ToolCall, ...]]
"""Text that is none of a call's, and calls."""


class Recognizer:
    """Reads one reply.

    Parameters
    ----------
    call_format
        How the model writes calls.
    names
        The functions that were offered.
    many
        Whether more than one call is wanted.

    Attributes
    ----------
    called
        How many calls there were.
    """

    def __init__(self, call_format: CallFormat, names: Collection[str], *, many: bool) -> None:
        self._format = call_format
        self._names = names
        self._many = many and not call_format.single
        self._held = ""
        self._value: _Value | None = None  # of the call that `_held` may begin with
        self._spoken = False  # a reply in a format without an opening is text from here on
        self._after = False  # space after a call is no text
        self.called = 0

    @property
    def full(self) -> bool:
        """Tell whether no more is wanted: the reply may end here."""
        return self.called > 0 and not self._many

    def add(self, text: str) -> Found:
        """Return what is decided with more text."""
        return self._read(text, ended=False)

    def rest(self) -> Found:
        """Return what was held back, when nothing more comes."""
        return self._read("", ended=True)

    def _read(self, text: str, *, ended: bool) -> Found:
        self._held += text
        said, calls = "", []
        while self._held and not self.full:
            if self._value is None:
                said += self._seek(ended=ended)
            if self._value is None:
                break
            end = self._value.read(self._held, ended=ended)
            if end is None:
                break
            made = self._calls(self._value.text(self._held)) if end else []
            if made:
                made = made if self._many else made[:1]
                self._held = self._held[end:]
                self._after = True
                self.called += len(made)
                calls += made
            else:
                said += self._give_back()
            self._value = None
        if self.full:
            self._held = ""
        return said, tuple(calls)

    def _seek(self, *, ended: bool) -> str:
        """Look for the start of a call: begin its value there, and return the text before it."""
        opening = self._format.opening
        if self._after:
            self._held = self._held.lstrip()
            self._after = not self._held
        text = self._held
        if self._spoken or (not opening and text.strip()[:1] not in ("", "{")):
            self._spoken = True
            at = len(text)
        elif not opening:
            at = len(text) if ended and not text.strip() else 0
            if text.strip():
                self._value = _Value(len(text) - len(text.lstrip()), self._format)
        else:
            at = text.find(opening)
            if at >= 0:
                at = len(text[:at].rstrip())  # dropped with the call, or given back with the rest
                start = text.index(opening) + len(opening)
                self._value = _Value(start, self._format)
            elif ended:
                at = len(text)
            else:
                at = len(text[: len(text) - _overlap(text, opening)].rstrip())
        self._held = text[at:]
        if self._value is not None:
            self._value.moved(at)
        return text[:at]

    def _give_back(self) -> str:
        """Return what turned out to be text: at least the opening."""
        opening = self._format.opening
        if not opening:
            self._spoken = True
            end = len(self._held)
        else:
            end = self._held.index(opening) + len(opening)
        said, self._held = self._held[:end], self._held[end:]
        return said

    def _calls(self, value: str) -> list[ToolCall]:
        """Return the calls in a JSON value, none when it is anything else."""
        try:
            # Small models write line breaks into strings as they are.
            read = json.loads(value, strict=False)
            calls = [self._call(item) for item in (read if self._format.array else [read])]
        except (ValueError, RecursionError):
            return []
        known = [call for call in calls if call is not None]
        return known if len(known) == len(calls) else []

    def _call(self, item: Any) -> ToolCall | None:
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str) or name not in self._names:
            return None
        # Models mix the two words up.
        arguments = item.get("arguments", item.get("parameters"))
        if not isinstance(arguments, dict):
            return None
        function = CalledFunction(name=name, arguments=json.dumps(arguments, ensure_ascii=False))
        return ToolCall(id=_new_id(), function=function)


class _Value:
    """Looks for the end of a JSON value and of its closing, reading each character once.

    Parameters
    ----------
    start
        Where the value begins, spaces before it aside.
    """

    def __init__(self, start: int, call_format: CallFormat) -> None:
        self._start = start
        self._at = start
        self._end: int | None = None  # of the value
        self._first = "[" if call_format.array else "{"
        self._closing = call_format.closing
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def moved(self, by: int) -> None:
        """Note that so many characters before it are gone."""
        self._start -= by
        self._at -= by

    def text(self, held: str) -> str:
        """Return the value, once it is complete."""
        return held[self._start : self._end]

    def read(self, held: str, *, ended: bool) -> int | None:
        """Return where the call ends: None while that is open, 0 when it is no call.

        A reply may end before the closing.
        """
        while self._end is None:
            if self._at == len(held):
                return 0 if ended else None
            if not self._take(held[self._at]):
                return 0
            self._at += 1
            if self._depth == 0 and held[self._at - 1] in "}]":
                self._end = self._at
        after = held[self._end :]
        left = after.lstrip()
        if left.startswith(self._closing):
            return self._end + len(after) - len(left) + len(self._closing)
        if self._closing.startswith(left):
            return len(held) if ended else None
        return 0

    def _take(self, character: str) -> bool:
        """Take the next character; False when no JSON value of the kind goes on with it."""
        if self._escaped:
            self._escaped = False
        elif self._quoted:
            self._escaped = character == "\\"
            self._quoted = character != '"'
        elif not self._depth:
            if character == self._first:
                self._depth = 1
            return self._depth == 1 or character.isspace()
        elif character == '"':
            self._quoted = True
        elif character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
        else:
            return character in _OUTSIDE
        return True


def _overlap(text: str, opening: str) -> int:
    """Return the length of the longest end of `text` that `opening` begins with."""
    for size in range(min(len(opening) - 1, len(text)), 0, -1):
        if opening.startswith(text[-size:]):
            return size
    return 0


def _new_id() -> str:
    """Return nine letters and digits, which is the one form that Mistral's templates take."""
    return "".join(secrets.choice(_LETTERS) for _ in range(9))
