"""OpenAI's endpoints, answered by the server that runs the model."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from tornado.iostream import StreamClosedError

from jupyter_sw.clock import uptime
from jupyter_sw.errors import BadRequest, ContextOverflow, EngineError, SwError
from jupyter_sw.schemas.generation import Timings
from jupyter_sw.worker.context import split_turns
from jupyter_sw.worker.engines.server.upstream import Upstream
from jupyter_sw.worker.handlers import WorkerHandler, error_body


class _Meter:
    """What one reply took, read from what passes by."""

    def __init__(self) -> None:
        self._arrived = time.perf_counter()
        self._first: float | None = None
        self._pieces = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0

    def saw_text(self) -> None:
        """Note a piece of text; servers send one a token, as a rule."""
        if self._first is None:
            self._first = time.perf_counter()
        self._pieces += 1
        self.completion_tokens = max(self.completion_tokens, self._pieces)

    def saw_usage(self, usage: dict[str, Any]) -> None:
        """Take the server's own count."""
        self.prompt_tokens = int(usage.get("prompt_tokens") or 0)
        self.completion_tokens = int(usage.get("completion_tokens") or self.completion_tokens)

    def timings(self) -> Timings:
        """Return where the seconds went, as of now."""
        now = time.perf_counter()
        rate = None
        if self._first is not None and self.completion_tokens > 1 and now > self._first:
            rate = round((self.completion_tokens - 1) / (now - self._first), 2)
        return Timings(
            first_token=None if self._first is None else round(self._first - self._arrived, 4),
            total=round(now - self._arrived, 4),
            tokens_per_second=rate,
        )


class Forward(WorkerHandler):
    """``POST`` of a completion: checked by the server behind, measured and counted here."""

    upstream: Upstream
    _answering: asyncio.Task[None] | None = None

    def initialize(self, upstream: Upstream, **shared: Any) -> None:  # type: ignore[override]
        """Take what the application holds."""
        super().initialize(**shared)
        self.upstream = upstream

    async def post(self) -> None:
        """Pass a request on. A client that hangs up ends the generation."""
        self.state.require_ready()
        try:
            body = json.loads(self.request.body)
        except ValueError as error:
            raise BadRequest(f"The body is not JSON: {error}.") from error
        if not isinstance(body, dict):
            raise BadRequest("The body is not a JSON object.")
        self._answering = asyncio.ensure_future(self._answer(body))
        await asyncio.wait({self._answering})
        if not self._answering.cancelled():
            self._answering.result()

    def on_connection_close(self) -> None:
        """Stop: nobody reads on."""
        if self._answering is not None:
            self._answering.cancel()

    async def _answer(self, body: dict[str, Any]) -> None:
        counters = self.state.counters
        meter = _Meter()
        options = body.get("stream_options")
        tells_usage = bool(isinstance(options, dict) and options.get("include_usage"))
        counters.requests += 1
        counters.running += 1
        try:
            async with self._asked(body) as (response, trimmed):
                if body.get("stream"):
                    await self._stream(response, meter, trimmed, tells_usage=tells_usage)
                else:
                    answer = json.loads(await response.aread())
                    meter.saw_usage(answer.get("usage") or {})
                    counters.count(meter.completion_tokens)
                    self.finish({**answer, **self._marks(meter, trimmed)})
        except httpx.HTTPError as error:
            raise EngineError(
                f"The server that runs the model does not answer ({type(error).__name__})."
            ) from error
        finally:
            counters.prompt_tokens += meter.prompt_tokens
            counters.forwarded_ended()
            counters.last_end = uptime()

    @asynccontextmanager
    async def _asked(self, body: dict[str, Any]) -> AsyncIterator[tuple[httpx.Response, int]]:
        """Ask, and ask again with fewer old turns as long as they don't fit the context."""
        sent = self.upstream.prepared(body)
        trimmed = 0
        while True:
            async with self.upstream.ask(self.request.path, sent) as response:
                try:
                    await self.upstream.check(response)
                except ContextOverflow:
                    system, turns = split_turns(sent.get("messages") or [])
                    if len(turns) < 2:
                        raise
                    gone = len(turns) // 2
                    trimmed += gone
                    kept = [message for turn in turns[gone:] for message in turn]
                    sent = {**sent, "messages": [*system, *kept]}
                else:
                    yield response, trimmed
                    return

    async def _stream(
        self, response: httpx.Response, meter: _Meter, trimmed: int, *, tells_usage: bool
    ) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        try:
            async for chunk in self.upstream.chunks(response):
                choices = chunk.get("choices") or []
                if any(_text(choice) for choice in choices):
                    meter.saw_text()
                    self.state.counters.count(1)
                usage = chunk.get("usage")
                if usage:
                    meter.saw_usage(usage)
                    chunk.update(self._marks(meter, trimmed))
                    if not tells_usage:
                        del chunk["usage"]
                        if not choices:
                            continue
                elif any(choice.get("finish_reason") for choice in choices):
                    chunk.update(self._marks(meter, trimmed))
                self.write(f"data: {json.dumps({**chunk, 'model': self.model_name})}\n\n")
                await self.flush()
            self.write("data: [DONE]\n\n")
        except SwError as error:  # the status is sent already: the stream has to tell
            self.write(f"data: {json.dumps(error_body(error))}\n\n")
        except StreamClosedError:
            return
        self.finish()

    def _marks(self, meter: _Meter, trimmed: int) -> dict[str, Any]:
        return {
            "model": self.model_name,
            "timings": meter.timings().model_dump(exclude_none=True),
            "context_trimmed": trimmed,
        }


def _text(choice: dict[str, Any]) -> Any:
    return choice.get("text") or (choice.get("delta") or {}).get("content")
