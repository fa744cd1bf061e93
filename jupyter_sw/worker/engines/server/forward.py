"""OpenAI's endpoints, answered by the server that runs the model."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from jupyter_sw.clock import uptime
from jupyter_sw.errors import BadRequest, ContextOverflow, EngineError, SwError
from jupyter_sw.worker.context import split_turns
from jupyter_sw.worker.engines.base import Delta
from jupyter_sw.worker.engines.server.upstream import Upstream
from jupyter_sw.worker.handlers import Replying, error_body
from jupyter_sw.worker.reply import Generation, extras_of

_ONE_TOKEN = Delta("", 1)  # servers send one a piece of text, as a rule


class Forward(Replying):
    """``POST`` of a completion: checked by the server behind, measured and counted here."""

    upstream: Upstream

    def initialize(self, upstream: Upstream, **shared: Any) -> None:  # type: ignore[override]  # passed by name
        """Take what the application holds."""
        super().initialize(**shared)
        self.upstream = upstream

    async def post(self) -> None:
        """Pass a request on, once there is somebody to pass it to."""
        self.state.require_ready()
        await super().post()

    async def answer(self, body: Any) -> None:
        """Pass a request on."""
        if not isinstance(body, dict):
            raise BadRequest("The body is not a JSON object.")
        counters = self.state.counters
        reply = Generation(time.perf_counter())
        options = body.get("stream_options")
        tells_usage = bool(isinstance(options, dict) and options.get("include_usage"))
        counters.requests += 1
        counters.running += 1
        try:
            async with self._asked(body, reply) as response:
                if body.get("stream"):
                    await self._stream(response, reply, tells_usage=tells_usage)
                else:
                    answer = json.loads(await response.aread())
                    _take_figures(reply, answer)
                    counters.count(reply.completion_tokens)
                    self.finish({**answer, "model": self.model_name, **extras_of(reply)})
        except httpx.HTTPError as error:
            raise EngineError(
                f"The server that runs the model does not answer ({type(error).__name__})."
            ) from error
        finally:
            counters.prompt_tokens += reply.prompt_tokens
            counters.forwarded_ended()
            counters.last_end = uptime()
            counters.replies.add(reply.timings())

    @asynccontextmanager
    async def _asked(
        self, body: dict[str, Any], reply: Generation
    ) -> AsyncIterator[httpx.Response]:
        """Ask, and ask again with fewer old turns as long as they don't fit the context."""
        sent = self.upstream.prepared(body)
        while True:
            async with self.upstream.ask(self.request.path, sent) as response:
                try:
                    await self.upstream.check(response)
                except ContextOverflow:
                    system, turns = split_turns(sent.get("messages") or [])
                    if len(turns) < 2:
                        raise
                    gone = len(turns) // 2
                    reply.trimmed += gone
                    kept = [message for turn in turns[gone:] for message in turn]
                    sent = {**sent, "messages": [*system, *kept]}
                else:
                    yield response
                    return

    async def _stream(
        self, response: httpx.Response, reply: Generation, *, tells_usage: bool
    ) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        last: dict[str, Any] | None = None  # held back: the figures may only follow it
        try:
            async for chunk in self.upstream.chunks(response):
                choices = chunk.get("choices") or []
                if any(_text(choice) for choice in choices):
                    reply.took(_ONE_TOKEN)
                    self.state.counters.count(1)
                _take_figures(reply, chunk)
                told = chunk if tells_usage else {**chunk, "usage": None}
                if not choices and not told.get("usage"):
                    continue
                if last is not None:
                    await self._send(last)
                    last = None
                if told.get("usage") or any(choice.get("finish_reason") for choice in choices):
                    last = told
                else:
                    await self._send(told)
            if last is not None:
                await self._send({**last, **extras_of(reply)})
            self.write("data: [DONE]\n\n")
        except SwError as error:  # the status is sent already: the stream has to tell
            self.write(f"data: {json.dumps(error_body(error))}\n\n")
        self.finish()

    async def _send(self, chunk: dict[str, Any]) -> None:
        known = {name: value for name, value in chunk.items() if value is not None}
        self.write(f"data: {json.dumps({**known, 'model': self.model_name})}\n\n")
        await self.flush()


def _take_figures(reply: Generation, told: dict[str, Any]) -> None:
    """Take the server's own figures, which go before ours: OpenAI's, and llama.cpp's."""
    usage = told.get("usage") or {}
    reply.prompt_tokens = int(usage.get("prompt_tokens") or reply.prompt_tokens)
    reply.completion_tokens = int(usage.get("completion_tokens") or reply.completion_tokens)
    details = usage.get("prompt_tokens_details") or {}
    timings = told.get("timings") or {}
    reused = timings.get("cache_n", details.get("cached_tokens"))
    reply.reused = reply.reused if reused is None else int(reused)
    if "prompt_ms" in timings:
        reply.prefill = float(timings["prompt_ms"]) / 1000


def _text(choice: dict[str, Any]) -> Any:
    delta = choice.get("delta") or {}
    return choice.get("text") or delta.get("content") or delta.get("tool_calls")
