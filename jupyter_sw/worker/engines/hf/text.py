"""From tokens to text as it is streamed: whole characters, cut at stop strings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class TokenText:
    """Decodes one reply token by token; holds a character back until all of its bytes are there.

    Parameters
    ----------
    tokenizer
        A `tokenizers.Tokenizer`.
    before
        The last tokens of the prompt: whether a word begins with a space shows in them.
    shown
        Control tokens that are text here, and what text.
    """

    def __init__(
        self, tokenizer: Any, before: list[int], shown: Mapping[int, str] | None = None
    ) -> None:
        from tokenizers.decoders import DecodeStream

        self._tokenizer = tokenizer
        self._shown = shown or {}
        self._stream = DecodeStream(ids=before, skip_special_tokens=True)

    def add(self, token: int) -> str:
        """Return the text that became complete with `token`, which may be none."""
        return self._shown.get(token) or self._stream.step(self._tokenizer, token) or ""


class StopStrings:
    """Cuts a text at the first of its stop strings, wherever the pieces of it were parted."""

    def __init__(self, stops: tuple[str, ...]) -> None:
        self._stops = stops
        self._held = ""

    def add(self, text: str) -> tuple[str, bool]:
        """Return the text that surely belongs to the reply, and whether a stop string came."""
        if not self._stops:
            return text, False
        text = self._held + text
        found = [at for stop in self._stops if (at := text.find(stop)) >= 0]
        if found:
            self._held = ""
            return text[: min(found)], True
        keep = self._undecided(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep], False

    def rest(self) -> str:
        """Return what was held back, when nothing more comes."""
        held, self._held = self._held, ""
        return held

    def _undecided(self, text: str) -> int:
        """Return the length of the longest end of `text` that a stop string begins with."""
        longest = max(len(stop) for stop in self._stops) - 1
        for size in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-size:]) for stop in self._stops):
                return size
        return 0
