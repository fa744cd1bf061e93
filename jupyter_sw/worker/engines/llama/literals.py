"""Keeps a message's text from becoming control tokens, where the tokenizer does not do it itself.

A rendered chat is one string: the template's ``<|im_end|>`` and one that a user typed look the
same in it. So what a user typed is replaced by a marker before rendering, and by its tokens as
plain text after.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Protocol


class Tokenize(Protocol):
    """Gives the tokens of a text."""

    def __call__(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        """Return the tokens; with `parse_special` control tokens in the text are recognized."""


class Literals:
    """Marks control tokens in messages and encodes rendered chats that hold such marks."""

    def __init__(self, tokenize: Tokenize) -> None:
        self._tokenize = tokenize
        secret = secrets.token_hex(8)
        self._mark = f"\ue000{secret}:%s\ue001"
        self._marked = re.compile(f"\ue000{secret}:([0-9a-f]*)\ue001")
        bos = tokenize("", add_special=True, parse_special=True)
        self._bos = bos[0] if bos else None

    def mark(self, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replace text that the tokenizer takes for control tokens by markers.

        `parts` are messages or tools; any text in them may hold some, keys too.
        """
        if not self._has_control("\n".join(_texts(parts))):
            return parts
        mark = cache(self._mark_text)  # the keys of tools are the same again and again
        marked: list[dict[str, Any]] = _changed(parts, mark)
        return marked

    def encode(self, rendered: str) -> list[int]:
        """Return the tokens of a rendered chat, with exactly one token at its beginning."""
        parts = self._marked.split(rendered)
        tokens = self._tokenize(parts[0], add_special=True, parse_special=True)
        for literal, text in zip(parts[1::2], parts[2::2], strict=True):
            plain = bytes.fromhex(literal).decode()
            tokens += self._tokenize(plain, add_special=False, parse_special=False)
            tokens += self._tokenize(text, add_special=False, parse_special=True)
        if self._bos is not None and tokens[:2] == [self._bos, self._bos]:
            del tokens[0]
        return tokens

    def _has_control(self, text: str) -> bool:
        plain = self._tokenize(text, add_special=False, parse_special=False)
        return plain != self._tokenize(text, add_special=False, parse_special=True)

    def _mark_text(self, text: str) -> str:
        """Mark the shortest pieces of a text that hold control tokens, found by halving."""
        if not text or not self._has_control(text):
            return text
        end = _smallest(len(text), lambda size: self._has_control(text[:size]))
        start = end - _smallest(end, lambda size: self._has_control(text[end - size : end]))
        marker = self._mark % text[start:end].encode().hex()
        return text[:start] + marker + self._mark_text(text[end:])


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    """Return plain data with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): _changed(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    return value


def _smallest(size: int, holds: Callable[[int], bool]) -> int:
    """Return the smallest size for which `holds` is true, given that it is for `size`."""
    low, high = 1, size
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
