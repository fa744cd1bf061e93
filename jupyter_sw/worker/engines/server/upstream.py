"""Asking the server behind the worker, in its words, and reading what it says."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from jupyter_sw.errors import BadRequest, ContextOverflow, EngineError
from jupyter_sw.worker.engines.server.engine import OpenAIServer
from jupyter_sw.worker.health import State

log = logging.getLogger(__name__)

_OVERFLOW = re.compile(
    r"maximum context length|context[ _]length|context size|longer than the maximum model length",
    re.IGNORECASE,
)
_LOOK_EVERY = 5.0  # seconds between two looks at its health
_LOOK_TIMEOUT = 10.0
_LOST_AFTER = 3  # looks without an answer


class Upstream:
    """The HTTP side of one `OpenAIServer`."""

    def __init__(self, server: OpenAIServer, system: str) -> None:
        self._server = server
        self._system = system
        self._http = server.client()

    def prepared(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a request as it is sent: with the server's name of the model, counting tokens."""
        sent = {**body, "model": self._server.model}
        if body.get("stream"):
            sent["stream_options"] = {**(body.get("stream_options") or {}), "include_usage": True}
        messages = body.get("messages")
        if self._system and isinstance(messages, list) and not _has_system(messages):
            sent["messages"] = [{"role": "system", "content": self._system}, *messages]
        return sent

    @asynccontextmanager
    async def ask(self, path: str, body: dict[str, Any]) -> AsyncIterator[httpx.Response]:
        """Yield the answer as it arrives; leaving the block hangs up, which ends generation."""
        async with self._http.stream("POST", path, json=body) as response:
            yield response

    async def check(self, response: httpx.Response) -> None:
        """Return when the answer is a good one.

        Raises
        ------
        ContextOverflow
            When the conversation does not fit.
        BadRequest
            When the request is refused, in the server's words.
        EngineError
            When the server failed.
        """
        if response.is_success:
            return
        message = _message(await response.aread())
        if response.status_code >= 500:
            raise EngineError(message)
        if _OVERFLOW.search(message):
            raise ContextOverflow(message, hint="Ask for less, or run it with a larger --context.")
        raise BadRequest(message)

    async def chunks(self, response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
        """Yield a stream's chunks.

        Raises
        ------
        EngineError
            When the stream holds an error, or breaks off.
        """
        try:
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                chunk = json.loads(line[6:])
                if "error" in chunk:
                    raise EngineError(_message(line[6:].encode()))
                yield chunk
        except httpx.HTTPError as error:
            raise EngineError(f"The reply broke off ({type(error).__name__}).") from error

    async def watch(self, state: State) -> str:
        """Read its figures until it does not answer any more, and return what to tell then."""
        missed = 0
        while missed < _LOST_AFTER:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                answer = await self._http.get("/metrics", timeout=_LOOK_TIMEOUT)
            except httpx.HTTPError:
                missed += 1
                continue
            missed = 0
            if answer.is_success and self._server.waiting_metric:
                state.counters.found_waiting(_metric(answer.text, self._server.waiting_metric))
        return f"The server that runs the model hangs: {missed} looks at it had no answer."


def _metric(text: str, name: str) -> int:
    total = 0.0
    for family in text_string_to_metric_families(text):
        total += sum(sample.value for sample in family.samples if sample.name == name)
    return int(total)


def _has_system(messages: list[Any]) -> bool:
    roles = [message.get("role") for message in messages if isinstance(message, dict)]
    return "system" in roles or "developer" in roles


def _message(body: bytes) -> str:
    try:
        error = json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")[:1000]
    error = error.get("error", error) if isinstance(error, dict) else error
    if isinstance(error, dict):
        error = error.get("message") or error.get("detail") or error
    return str(error)[:2000]
