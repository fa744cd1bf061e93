"""One request from its body to its last token, the same for every engine."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

from jupyter_sw.clock import uptime
from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import (
    ChatCompletionRequest,
    CompletionRequest,
    Timings,
    Usage,
)
from jupyter_sw.schemas.worker import EngineInfo
from jupyter_sw.worker.context import Fitted, fit, require_room
from jupyter_sw.worker.engines.base import Delta, Engine, Mailbox, Sampling
from jupyter_sw.worker.gate import Gate, Place
from jupyter_sw.worker.health import State
from jupyter_sw.worker.templates import plain_messages

_FIRST_ROOM = 1024  # tokens of cache a reply without a limit is admitted with
_MOST_CANDIDATES = 1_000_000  # more than any vocabulary has: the same as all
_MARGIN = 64  # tokens; a place grows this long before it is full

N = TypeVar("N", int, float)


class Generation:
    """A reply that is being written."""

    def __init__(self, prompt: Fitted, arrived: float) -> None:
        self.prompt_tokens = len(prompt.tokens)
        self.trimmed = prompt.trimmed
        self.completion_tokens = 0
        self.finish_reason = "stop"
        self.cut_short = False
        self._arrived = arrived
        self._started = arrived
        self._first: float | None = None
        self._first_tokens = 0

    def started(self) -> None:
        """Note that the wait for a place is over."""
        self._started = time.perf_counter()

    def took(self, delta: Delta) -> None:
        """Note what has come out."""
        if self._first is None:
            self._first = time.perf_counter()
            self._first_tokens = delta.tokens
        self.completion_tokens += delta.tokens

    def cut(self) -> None:
        """Note that the reply had to end for want of cache."""
        self.cut_short = True
        self.finish_reason = "length"

    def usage(self) -> Usage:
        """Return the tokens in and out so far."""
        total = self.prompt_tokens + self.completion_tokens
        return Usage(
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            total_tokens=total,
        )

    def timings(self) -> Timings:
        """Return where the seconds went, as of now."""
        now = time.perf_counter()
        rate = None
        after_first = self.completion_tokens - self._first_tokens
        if self._first is not None and after_first > 0 and now > self._first:
            rate = round(after_first / (now - self._first), 2)
        return Timings(
            queue=round(self._started - self._arrived, 4),
            first_token=None if self._first is None else round(self._first - self._arrived, 4),
            total=round(now - self._arrived, 4),
            tokens_per_second=rate,
        )


class Generator:
    """Takes requests once the model is loaded."""

    def __init__(self, state: State, cache_tokens: int, system: str = "") -> None:
        self._state = state
        self._cache_tokens = cache_tokens
        self._system = system
        self._engine: Engine | None = None
        self._gate: Gate | None = None
        self._encoders = ThreadPoolExecutor(max_workers=2, thread_name_prefix="encode")

    def open(self, engine: Engine, info: EngineInfo) -> None:
        """Begin to take requests."""
        self._engine = engine
        self._gate = Gate(info.slots, max(self._cache_tokens, info.context))

    def require_ready(self) -> EngineInfo:
        """Return what the engine settled on.

        Raises
        ------
        NotReady
            While the model is loading.
        """
        return self._state.require_ready()

    @asynccontextmanager
    async def chat(
        self, request: ChatCompletionRequest
    ) -> AsyncIterator[tuple[Generation, AsyncIterator[Delta]]]:
        """Answer a conversation; leaving the block stops the engine.

        Raises
        ------
        NotReady, BadRequest, EngineError
            Before the block is entered, or from the iterator.
        """
        info, engine = self.require_ready(), self._engine
        assert engine is not None
        messages = plain_messages(request.messages, self._system)
        limit = request.max_completion_tokens or request.max_tokens

        def prompt() -> Fitted:
            return fit(messages, engine.encode_chat, context=info.context, max_tokens=limit)

        async with self._run(request, prompt, limit, info.context) as (generation, deltas):
            yield generation, _without_first_space(deltas)

    @asynccontextmanager
    async def completion(
        self, request: CompletionRequest
    ) -> AsyncIterator[tuple[Generation, AsyncIterator[Delta]]]:
        """Continue a text; leaving the block stops the engine. Raises as `chat` does."""
        info, engine = self.require_ready(), self._engine
        assert engine is not None

        def prompt() -> Fitted:
            tokens = engine.encode_text(request.prompt)
            require_room(len(tokens), info.context)
            if not tokens:
                raise BadRequest("The prompt is empty.")
            return Fitted(tokens, 0)

        async with self._run(request, prompt, request.max_tokens, info.context) as running:
            yield running

    @asynccontextmanager
    async def _run(
        self,
        request: ChatCompletionRequest | CompletionRequest,
        prompt: Callable[[], Fitted],
        limit: int | None,
        context: int,
    ) -> AsyncIterator[tuple[Generation, AsyncIterator[Delta]]]:
        engine, gate, counters = self._engine, self._gate, self._state.counters
        assert engine is not None
        assert gate is not None
        arrived = time.perf_counter()
        loop = asyncio.get_running_loop()
        counters.requests += 1
        counters.waiting += 1
        try:
            fitted = await loop.run_in_executor(self._encoders, prompt)
            size = len(fitted.tokens)
            room = context - size
            sampling = self._sampling(request, min(limit or room, room))
            place = await gate.enter(size + min(sampling.max_tokens, limit or _FIRST_ROOM))
        except BaseException:
            self._ended()
            raise
        finally:
            counters.waiting -= 1
        counters.running += 1
        counters.prompt_tokens += size
        stop: Callable[[], None] | None = None
        mailbox = Mailbox(loop)
        try:
            generation = Generation(fitted, arrived)
            generation.started()
            stop = engine.start(fitted.tokens, sampling, mailbox)
            share = _Share(gate, place, generation, mailbox, stop, size + sampling.max_tokens)
            share.watch()
            yield generation, self._deltas(generation, mailbox)
        finally:
            if stop is not None:
                stop()
                await mailbox.closed()
            counters.running -= 1
            gate.leave(place)
            self._ended()

    async def _deltas(self, generation: Generation, mailbox: Mailbox) -> AsyncIterator[Delta]:
        async for delta in mailbox.deltas():
            generation.took(delta)
            self._state.counters.count(delta.tokens)
            yield delta
        if not generation.cut_short:
            generation.finish_reason = mailbox.finish_reason or "stop"

    def _ended(self) -> None:
        self._state.counters.last_end = uptime()

    def _sampling(
        self, request: ChatCompletionRequest | CompletionRequest, max_tokens: int
    ) -> Sampling:
        assert self._engine is not None
        defaults = self._engine.defaults
        stop = request.stop
        return Sampling(
            temperature=_given(request.temperature, defaults.temperature),
            top_p=_given(request.top_p, defaults.top_p),
            top_k=min(_given(request.top_k, defaults.top_k), _MOST_CANDIDATES),
            seed=secrets.randbits(62) if request.seed is None else request.seed,
            max_tokens=max_tokens,
            stop=tuple(filter(None, [stop] if isinstance(stop, str) else stop or ())),
        )


@dataclass
class _Share:
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


async def _without_first_space(deltas: AsyncIterator[Delta]) -> AsyncIterator[Delta]:
    """Drop the space with which many vocabularies begin a word, at the start of an answer."""
    begun = False
    async for delta in deltas:
        if begun or not delta.text:
            yield delta
        else:
            begun = True
            yield Delta(delta.text.removeprefix(" "), delta.tokens)


def _given(value: N | None, default: N) -> N:
    return default if value is None else value
