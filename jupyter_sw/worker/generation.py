"""One request from its body to its last token, the same for every engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from jupyter_sw.clock import uptime
from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import ChatCompletionRequest, CompletionRequest
from jupyter_sw.schemas.jobs import KvUse
from jupyter_sw.schemas.worker import EngineInfo, WorkerSpec
from jupyter_sw.worker.calls import Recognizer
from jupyter_sw.worker.context import Fitted, fit, require_room
from jupyter_sw.worker.engines.base import Delta, Engine, Sampling
from jupyter_sw.worker.engines.mailbox import Mailbox
from jupyter_sw.worker.gate import Gate
from jupyter_sw.worker.health import State
from jupyter_sw.worker.reply import Generation, Share
from jupyter_sw.worker.settings import settle
from jupyter_sw.worker.templates import plain_messages
from jupyter_sw.worker.tools import Toolbox, toolbox_of

_FIRST_ROOM = 1024  # tokens of cache a reply without a limit is admitted with

Numbered = AsyncIterator[tuple[int, Delta]]
"""Text with the number of the reply it belongs to."""

_Run = AbstractAsyncContextManager[AsyncIterator[Delta]]


@dataclass
class Answer:
    """The replies to one request, one unless more were asked for."""

    replies: list[Generation]
    deltas: Numbered


class Generator:
    """Takes requests once the model is loaded."""

    def __init__(self, state: State, spec: WorkerSpec) -> None:
        self._state = state
        self._spec = spec
        self._engine: Engine | None = None
        self._gate: Gate | None = None
        self._shares: set[Share] = set()  # of the replies that run
        self._encoders = ThreadPoolExecutor(max_workers=2, thread_name_prefix="encode")

    def open(self, engine: Engine, info: EngineInfo) -> None:
        """Begin to take requests."""
        self._engine = engine
        self._gate = Gate(info.slots, max(self._spec.cache_tokens, info.context), info.page)
        self._state.kv = self._kv

    @asynccontextmanager
    async def chat(self, request: ChatCompletionRequest) -> AsyncIterator[Answer]:
        """Answer a conversation; leaving the block stops the engine.

        Raises
        ------
        NotReady, BadRequest, EngineError
            Before the block is entered, or from the iterator.
        """
        info, engine = self._state.require_ready(), self._engine
        assert engine is not None
        messages = plain_messages(request.messages, self._spec.system)
        limit = request.max_completion_tokens or request.max_tokens

        def prompt(toolbox: Toolbox | None) -> Fitted:
            encode = partial(engine.encode_chat, tools=toolbox.tools if toolbox else ())
            return fit(messages, encode, context=info.context, max_tokens=limit)

        async with self._run(request, prompt, limit, info.context) as answer:
            answer.deltas = _without_first_space(answer.deltas)
            yield answer

    @asynccontextmanager
    async def completion(self, request: CompletionRequest) -> AsyncIterator[Answer]:
        """Continue a text; leaving the block stops the engine. Raises as `chat` does."""
        info, engine = self._state.require_ready(), self._engine
        assert engine is not None

        def prompt(_: Toolbox | None) -> Fitted:
            tokens = engine.encode_text(request.prompt)
            require_room(len(tokens), info.context)
            if not tokens:
                raise BadRequest("The prompt is empty.")
            return Fitted(tokens, 0)

        async with self._run(request, prompt, request.max_tokens, info.context) as answer:
            yield answer

    @asynccontextmanager
    async def _run(
        self,
        request: ChatCompletionRequest | CompletionRequest,
        prompt: Callable[[Toolbox | None], Fitted],
        limit: int | None,
        context: int,
    ) -> AsyncIterator[Answer]:
        engine, counters = self._engine, self._state.counters
        assert engine is not None
        arrived = time.perf_counter()

        def prepare() -> tuple[Toolbox | None, Fitted, list[Sampling]]:
            toolbox = None
            if isinstance(request, ChatCompletionRequest):
                toolbox = toolbox_of(request, engine, self._spec.files.name)
            settings = settle(request, engine, 1, toolbox)  # wrong ones are told before it encodes
            fitted = prompt(toolbox)
            room = context - len(fitted.tokens)
            limited = [replace(one, max_tokens=min(limit or room, room)) for one in settings]
            return toolbox, fitted, limited

        counters.requests += 1
        counters.waiting += 1
        loop = asyncio.get_running_loop()
        try:
            toolbox, fitted, settings = await loop.run_in_executor(self._encoders, prepare)
        except BaseException:
            self._ended()
            raise
        finally:
            counters.waiting -= 1
        start = min(settings[0].max_tokens, limit or _FIRST_ROOM)
        replies = [Generation(arrived, len(fitted.tokens), fitted.trimmed) for _ in settings]
        runs = [
            self._reply(
                fitted, sampling, start, generation, toolbox.recognizer() if toolbox else None
            )
            for sampling, generation in zip(settings, replies, strict=True)
        ]
        if len(runs) == 1:
            async with runs[0] as deltas:
                yield Answer(replies, ((0, delta) async for delta in deltas))
        else:
            async with aclosing(_together(runs)) as numbered:
                yield Answer(replies, numbered)

    @asynccontextmanager
    async def _reply(
        self,
        fitted: Fitted,
        sampling: Sampling,
        start: int,
        generation: Generation,
        recognizer: Recognizer | None,
    ) -> AsyncIterator[AsyncIterator[Delta]]:
        engine, gate, counters = self._engine, self._gate, self._state.counters
        assert engine is not None
        assert gate is not None
        size = len(fitted.tokens)
        counters.waiting += 1
        try:
            place = await gate.enter(size + start)
        except BaseException:
            self._ended()
            raise
        finally:
            counters.waiting -= 1
        counters.running += 1
        counters.prompt_tokens += size
        stop: Callable[[], None] | None = None
        share: Share | None = None
        mailbox = Mailbox(asyncio.get_running_loop())
        try:
            generation.started()
            stop = engine.start(fitted.tokens, sampling, mailbox)
            share = Share(gate, place, generation, mailbox, stop, size + sampling.max_tokens)
            share.watch()
            self._shares.add(share)
            deltas = self._deltas(generation, mailbox)
            yield deltas if recognizer is None else _recognized(deltas, recognizer, generation)
        finally:
            try:
                if stop is not None:
                    stop()
                    await mailbox.closed()
            finally:  # a place that is not given back is lost until the job ends
                if share is not None:
                    self._shares.discard(share)
                counters.running -= 1
                gate.leave(place)
                self._ended()
            generation.reused = mailbox.reused
            counters.replies.add(generation.timings())

    async def _deltas(
        self, generation: Generation, mailbox: Mailbox
    ) -> AsyncGenerator[Delta, None]:
        try:
            async for delta in mailbox.deltas():
                generation.took(delta)
                self._state.counters.count(delta.tokens)
                yield delta
        finally:
            generation.reused = mailbox.reused
        if not generation.cut_short:
            generation.finish_reason = mailbox.finish_reason or "stop"

    def _kv(self) -> KvUse:
        """Count the tokens that running replies hold, the same way for every engine.

        The gate holds all of them to what fits, so the share is never above 1.
        """
        assert self._gate is not None
        held, capacity = sum(share.held for share in self._shares), self._gate.capacity
        return KvUse(share=round(held / capacity, 3), tokens=held, capacity=capacity)

    def _ended(self) -> None:
        self._state.counters.last_end = uptime()


async def _recognized(
    deltas: AsyncGenerator[Delta, None], recognizer: Recognizer, generation: Generation
) -> AsyncIterator[Delta]:
    """Take the tool calls out of a reply's text, and end it when no more are wanted."""
    async with aclosing(deltas):
        async for delta in deltas:
            text, calls = recognizer.add(delta.text)
            yield replace(delta, text=text, calls=calls)
            if recognizer.full:
                break
    text, calls = recognizer.rest()
    if text or calls:
        yield Delta(text, 0, calls=calls)
    if recognizer.called and generation.finish_reason == "stop":
        generation.finish_reason = "tool_calls"


async def _together(runs: Sequence[_Run]) -> AsyncGenerator[tuple[int, Delta], None]:
    """Run replies side by side; each waits for a place of its own and leaves it at its end."""
    news: asyncio.Queue[tuple[int, Delta | None]] = asyncio.Queue()

    async def read(number: int, run: _Run) -> None:
        try:
            async with run as deltas:
                async for delta in deltas:
                    news.put_nowait((number, delta))
        finally:
            news.put_nowait((number, None))

    readers = [asyncio.ensure_future(read(number, run)) for number, run in enumerate(runs)]
    try:
        left = len(readers)
        while left:
            number, delta = await news.get()
            if delta is not None:
                yield number, delta
            else:
                left -= 1
                await readers[number]  # raises what the reply failed with
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def _without_first_space(deltas: Numbered) -> AsyncIterator[tuple[int, Delta]]:
    """Drop the space with which many vocabularies begin a word, at the start of an answer."""
    begun = set()
    async for number, delta in deltas:
        if delta.text and number not in begun:
            begun.add(number)
            yield number, replace(delta, text=delta.text.removeprefix(" "))
        else:
            yield number, delta
