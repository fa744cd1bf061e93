"""One reply: what it has taken so far, and its growing share of the cache."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jupyter_sw.schemas.generation import PromptDetails, Timings, Usage
from jupyter_sw.worker.engines.base import Delta
from jupyter_sw.worker.engines.mailbox import Mailbox
from jupyter_sw.worker.gate import Gate, Place

_MARGIN = 64  # tokens; a place grows this long before it is full


class Generation:
    """A reply that is being written, here or by a server behind the worker.

    Parameters
    ----------
    arrived
        When its request did, by `time.perf_counter`.
    prompt_tokens, trimmed
        Of the prompt, where they are known by then: see `Fitted`.

    Attributes
    ----------
    prefill
        Seconds, where a server behind the worker told them.
    """

    def __init__(self, arrived: float, prompt_tokens: int = 0, trimmed: int = 0) -> None:
        self.prompt_tokens = prompt_tokens
        self.trimmed = trimmed
        self.completion_tokens = 0
        self.reused: int | None = None
        self.prefill: float | None = None
        self.finish_reason = "stop"
        self.cut_short = False
        self._arrived = arrived
        self._started: float | None = None  # never, where another server queues
        self._first: float | None = None
        self._first_tokens = 0
        self._last = 0.0

    def started(self) -> None:
        """Note that the wait for a place is over."""
        self._started = time.perf_counter()

    def took(self, delta: Delta) -> None:
        """Note what has come out."""
        self._last = time.perf_counter()
        if self._first is None:
            self._first = self._last
            self._first_tokens = delta.tokens
        self.completion_tokens += delta.tokens

    def cut(self) -> None:
        """Note that the reply had to end for want of cache."""
        self.cut_short = True
        self.finish_reason = "length"

    def timings(self) -> Timings:
        """Return where the seconds went, as of now."""
        now = time.perf_counter()
        first, rate, pace = self._first, None, None
        after_first = self.completion_tokens - self._first_tokens
        if first is not None and after_first > 0 and self._last > first:
            rate = round(after_first / (self._last - first), 2)
            pace = round((self._last - first) / after_first, 5)
        started, prefill = self._started, self.prefill
        if prefill is None and first is not None and started is not None:
            prefill = first - started
        return Timings(
            queue=None if started is None else round(started - self._arrived, 4),
            prefill=None if prefill is None else round(prefill, 4),
            first_token=None if first is None else round(first - self._arrived, 4),
            per_token=pace,
            total=round(now - self._arrived, 4),
            tokens_per_second=rate,
            prompt_tokens=self.prompt_tokens or None,  # 0 is what a server did not tell
            completion_tokens=self.completion_tokens or None,
            reused_tokens=self.reused,
        )


def extras_of(reply: Generation) -> dict[str, Any]:
    """Return what is told of a reply besides OpenAI's fields."""
    return {"timings": reply.timings().model_dump(), "context_trimmed": reply.trimmed}


def usage_of(replies: list[Generation]) -> Usage:
    """Return the tokens of all replies to one prompt, which counts once."""
    prompt = replies[0].prompt_tokens
    completion = sum(reply.completion_tokens for reply in replies)
    reused = replies[0].reused
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=None if reused is None else PromptDetails(cached_tokens=reused),
    )


@dataclass(eq=False)
class Share:
    """Lets a reply's share of the cache grow with the reply, ahead of it by a margin.

    A reply without a limit may use a whole context but seldom does: admitting it for the start
    only lets more replies run at once.
    """

    gate: Gate
    place: Place
    generation: Generation
    mailbox: Mailbox
    stop: Callable[[], None]
    most: int
    """Tokens of prompt and reply that it can come to."""

    @property
    def held(self) -> int:
        """Return the tokens of prompt and reply that are in the cache by now."""
        return min(self.place.tokens, self.generation.prompt_tokens + self.mailbox.tokens)

    def watch(self) -> None:
        """Look again shortly before the share is used up."""
        if self.place.tokens < self.most:
            left = self.place.tokens - self.generation.prompt_tokens
            self.mailbox.call_at(max(0, left - _MARGIN), self._grow)

    def _grow(self) -> None:
        if self.mailbox.finish_reason is not None:
            return
        if self.gate.grow(self.place, self.most):
            self.watch()
        elif self.mailbox.tokens + self.generation.prompt_tokens + 1 < self.place.tokens:
            self.mailbox.call_at(self.mailbox.tokens + 1, self._grow)
        else:
            self.generation.cut()
            self.stop()
