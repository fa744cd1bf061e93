"""``{expression}`` in commands and prompts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

from jupyter_sw.errors import BadRequest

_HINT = "Write {{ and }} for plain braces."
_MARK = "\x00"  # stands around a value's number while a line is split; no line holds it
_MARKED = re.compile(f"{_MARK}(\\d+){_MARK}")


def interpolate(text: str, names: dict[str, Any]) -> str:
    """Replace each ``{expression}`` by the text of its value, ``{{`` and ``}}`` by plain braces.

    Parameters
    ----------
    names
        What expressions can use.

    Raises
    ------
    BadRequest
        When an expression is none, or fails; the message names it.
    """
    return "".join(_pieces(text, names))


def split(line: str, names: dict[str, Any]) -> list[str]:
    """Split a line as a shell does and interpolate its words.

    A value stays within its word, whatever it holds.

    Raises
    ------
    BadRequest
        As `interpolate`, and when a quotation does not end.
    """
    values: list[str] = []

    def mark(value: str) -> str:
        values.append(value)
        return f"{_MARK}{len(values) - 1}{_MARK}"

    try:
        words = shlex.split("".join(_pieces(line, names, mark)))
    except ValueError as error:
        raise BadRequest(
            f"{str(error).rstrip('.')}.", hint='Put text with an apostrophe into "double quotes".'
        ) from None
    return [_MARKED.sub(lambda found: values[int(found[1])], word) for word in words]


def _pieces(
    text: str, names: dict[str, Any], use: Callable[[str], str] = lambda value: value
) -> Iterator[str]:
    place = 0
    while place < len(text):
        two = text[place : place + 2]
        if two in {"{{", "}}"}:
            yield two[0]
            place += 2
        elif text[place] == "{":
            source, code, place = _expression(text, place + 1)
            yield use(_value(source, code, names))
        else:
            yield text[place]
            place += 1


def _expression(text: str, start: int) -> tuple[str, CodeType, int]:
    """Return the shortest expression that ends at a brace, and where the text goes on.

    Compiling is the only way to know which brace ends it: dicts and strings may hold others.
    """
    end = text.find("}", start)
    first = end
    while end >= 0:
        source = text[start:end]
        try:
            return source, compile(source.strip(), "<prompt>", "eval"), end + 1
        except (SyntaxError, ValueError):
            end = text.find("}", end + 1)
    shown = text[start - 1 : first + 1] if first >= 0 else text[start - 1 : start + 20]
    raise BadRequest(f"{shown} is not a Python expression in braces.", hint=_HINT)


def _value(source: str, code: CodeType, names: dict[str, Any]) -> str:
    try:
        # The person's own expression in the person's own kernel, as a cell would run it.
        return str(eval(code, names))  # noqa: S307  # the user's own expression in their own kernel
    except Exception as error:  # whatever their code raises
        raise BadRequest(
            f"{{{source}}} failed: {type(error).__name__}: {error}", hint=_HINT
        ) from error
