"""The mailbox in which an engine leaves a reply."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable

from jupyter_sw.errors import SwError
from jupyter_sw.worker.engines.base import Delta, TokenLogprob

_PACE = 0.02  # seconds; 50 times a second looks like at once


class Mailbox:
    """Carries one reply from an engine's thread to the event loop.

    Deltas that come faster than a reader needs them travel together, every `_PACE` seconds. On a
    small machine each wake-up of the loop takes time from the cores that compute.

    Attributes
    ----------
    reused
        Tokens of the prompt that the engine found in its cache; None while it has not told.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parts: deque[Delta] = deque()
        self._awake = True
        self._waiter: asyncio.Future[None] | None = None
        self._error: SwError | None = None
        self._mark = math.inf
        self._on_mark: Callable[[], None] | None = None
        self.finish_reason: str | None = None
        self.tokens = 0
        self.reused: int | None = None

    def call_at(self, tokens: int, callback: Callable[[], None]) -> None:
        """Have `callback` called on the loop when so many tokens have come, read or not."""
        self._on_mark = callback
        self._mark = tokens

    def put(self, text: str, tokens: int = 1, logprobs: tuple[TokenLogprob, ...] = ()) -> None:
        """Add text; from any one thread."""
        self._parts.append(Delta(text, tokens, logprobs))
        self.tokens += tokens
        if self.tokens >= self._mark and self._on_mark is not None:
            self._mark = math.inf
            self._loop.call_soon_threadsafe(self._on_mark)
        if not self._awake:
            self._awake = True
            self._loop.call_soon_threadsafe(self._wake_reader)

    def finish(self, reason: str) -> None:
        """End the reply; `reason` is ``stop`` or ``length``."""
        self.finish_reason = reason
        self._loop.call_soon_threadsafe(self._wake_reader)

    def fail(self, error: SwError) -> None:
        """End the reply with an error, which the reader gets after the text that came before."""
        self._error = error
        self.finish("error")

    async def deltas(self) -> AsyncIterator[Delta]:
        """Yield the text as it comes, and return at its end.

        Raises
        ------
        SwError
            What the engine failed with.
        """
        parts = self._parts
        while True:
            finished = self.finish_reason is not None
            if parts:
                read = self._loop.time()
                delta = parts.popleft()
                while parts:
                    more = parts.popleft()
                    delta = Delta(
                        delta.text + more.text,
                        delta.tokens + more.tokens,
                        delta.logprobs + more.logprobs,
                    )
                yield delta
                await self._pause(read + _PACE)
            elif finished:
                if self._error is not None:
                    raise self._error
                return
            else:
                await self._news()

    async def closed(self) -> None:
        """Return when the engine has finished with this reply; what it still says is dropped."""
        while self.finish_reason is None:
            self._parts.clear()
            await self._news()

    async def _news(self) -> None:
        """Wait until something comes."""
        self._awake = False
        if not self._parts and self.finish_reason is None:
            await self._wait()
        self._awake = True

    async def _pause(self, until: float) -> None:
        """Wait until a moment of the loop's clock, or for the end of the reply."""
        if self.finish_reason is None and self._loop.time() < until:
            timer = self._loop.call_at(until, self._wake_reader)
            try:
                await self._wait()
            finally:
                timer.cancel()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake_reader(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
