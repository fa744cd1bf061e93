"""What the worker asks of an engine, and the mailbox in which an engine leaves its text."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Protocol

from jupyter_sw.errors import SwError
from jupyter_sw.schemas.worker import EngineInfo, Stage

_PACE = 0.02  # seconds; 50 times a second looks like at once

Message = dict[str, str]
"""``{"role": "system" | "user" | "assistant", "content": text}``"""


class Report(Protocol):
    """How an engine tells its progress while it loads; may be called from any thread."""

    def __call__(self, stage: Stage, fraction: float | None = None, detail: str = "") -> None:
        """Tell the stage and how far it is, 0 to 1."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen, with nothing left open."""

    temperature: float
    top_p: float
    top_k: int
    """0 is off."""
    seed: int
    max_tokens: int
    stop: tuple[str, ...] = ()


@dataclass(frozen=True)
class SamplingDefaults:
    """What a request gets that does not say; a model's own settings come before these."""

    temperature: float = 0.8
    top_p: float = 0.95
    top_k: int = 40


@dataclass(frozen=True)
class Delta:
    """New text, and how many tokens it took."""

    text: str
    tokens: int


class Mailbox:
    """Carries one reply from an engine's thread to the event loop.

    Deltas that come faster than a reader needs them travel together, every `_PACE` seconds. On a
    small machine each wake-up of the loop takes time from the cores that compute.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parts: deque[tuple[str, int]] = deque()
        self._awake = True
        self._waiter: asyncio.Future[None] | None = None
        self._error: SwError | None = None
        self._mark = math.inf
        self._on_mark: Callable[[], None] | None = None
        self.finish_reason: str | None = None
        self.tokens = 0

    def call_at(self, tokens: int, callback: Callable[[], None]) -> None:
        """Have `callback` called on the loop when so many tokens have come, read or not."""
        self._on_mark = callback
        self._mark = tokens

    def put(self, text: str, tokens: int = 1) -> None:
        """Add text; from any one thread."""
        self._parts.append((text, tokens))
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
                text, tokens = parts.popleft()
                while parts:
                    more, count = parts.popleft()
                    text += more
                    tokens += count
                yield Delta(text, tokens)
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


class Loaded(Protocol):
    """A model in memory, whoever computes. `load` runs in a thread of its own before the rest."""

    def load(self, report: Report) -> EngineInfo:
        """Load the model and return when a first token has come out of it.

        Raises
        ------
        EngineError
            When it cannot be loaded; the message says why.
        """

    def memory(self) -> int | None:
        """Return the bytes held on the device, None when the process's own memory is the answer."""

    def close(self) -> None:
        """Let go of what would outlive the process."""


class Engine(Loaded, Protocol):
    """A model that computes in this process.

    `encode_*` are blocking and run in worker threads; `start` is called on the event loop and
    returns at once.
    """

    defaults: SamplingDefaults

    def encode_chat(self, messages: list[Message]) -> list[int]:
        """Return the tokens of a conversation in the model's own chat format.

        Text of a message never becomes a control token.

        Raises
        ------
        BadRequest
            When the model has no chat format or its format refuses the conversation.
        """

    def encode_text(self, text: str) -> list[int]:
        """Return the tokens of plain text, with the token a text begins with where there is one."""

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        """Begin to generate into `mailbox`; return what stops it within one step.

        The mailbox is always finished, also after a stop.
        """
