"""Keeps a message's text from becoming control tokens, where the tokenizer does not do it itself.

A rendered chat is one string: the template's ``<|im_end|>`` and one that a user typed look the
same in it. So what a user typed is replaced by a marker before rendering, and by its tokens as
plain text after.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from typing import Protocol

from jupyter_sw.worker.engines.base import Message


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

    def mark(self, messages: list[Message]) -> list[Message]:
        """Replace text that the tokenizer takes for control tokens by markers."""
        if not self._has_control("\n".join(message["content"] for message in messages)):
            return messages
        return [
            {"role": message["role"], "content": self._mark_text(message["content"])}
            for message in messages
        ]

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
