"""OpenAI's wire format: chat and plain completions, whole or as server-sent events.

https://platform.openai.com/docs/api-reference/chat/create

A stream's chunks differ in their text only, so everything around it is built once a reply.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any

from tornado.iostream import StreamClosedError

from jupyter_sw.errors import BadRequest, SwError
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.generation import ChatCompletionRequest, CompletionRequest
from jupyter_sw.worker.engines.base import Delta
from jupyter_sw.worker.generation import Generation
from jupyter_sw.worker.handlers import WorkerHandler, error_body

_ESCAPE = json.encoder.encode_basestring_ascii

Request = ChatCompletionRequest | CompletionRequest
Running = AbstractAsyncContextManager[tuple[Generation, AsyncIterator[Delta]]]


class _Completions(WorkerHandler):
    """What both endpoints share."""

    whole_object: str
    chunk_object: str
    id_prefix: str

    _answering: asyncio.Task[None] | None = None

    def parse_request(self, body: Any) -> Request:
        raise NotImplementedError

    def run(self, request: Any) -> Running:
        raise NotImplementedError

    def whole_choice(self, text: str, reason: str) -> dict[str, Any]:
        raise NotImplementedError

    def chunk_parts(self) -> tuple[str, str, str]:
        """Return a chunk's choice before its text, after it, and the choice that ends."""
        raise NotImplementedError

    async def post(self) -> None:
        """Generate. A client that hangs up ends the generation."""
        try:
            body = json.loads(self.request.body)
        except ValueError as error:
            raise BadRequest(f"The body is not JSON: {error}.") from error
        request = self.parse_request(body)
        self._answering = asyncio.ensure_future(self._answer(request))
        await asyncio.wait({self._answering})
        if not self._answering.cancelled():
            self._answering.result()

    def on_connection_close(self) -> None:
        """Stop: nobody reads on."""
        if self._answering is not None:
            self._answering.cancel()

    async def _answer(self, request: Request) -> None:
        head = {
            "id": self.id_prefix + uuid.uuid4().hex,
            "created": int(time.time()),
            "model": self.model_name,
        }
        async with self.run(request) as (generation, deltas):
            if request.stream:
                await self._stream(request, head, generation, deltas)
            else:
                text = "".join([delta.text async for delta in deltas])
                choice = self.whole_choice(text, generation.finish_reason)
                self.finish(
                    {
                        **head,
                        "object": self.whole_object,
                        "choices": [choice],
                        "usage": generation.usage().model_dump(),
                        **_extras(generation),
                    }
                )

    async def _stream(
        self,
        request: Request,
        head: dict[str, Any],
        generation: Generation,
        deltas: AsyncIterator[Delta],
    ) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        prefix = f'data: {json.dumps({**head, "object": self.chunk_object})[:-1]}, "choices": ['
        before, after, last = self.chunk_parts()
        text_before, text_after = prefix + before, after + "]}\n\n"
        try:
            if first := self.first_choice():
                self.write(f"{prefix}{first}]}}\n\n")
                await self.flush()
            async for delta in deltas:
                if delta.text:
                    self.write(text_before + _ESCAPE(delta.text) + text_after)
                    await self.flush()
            extras = json.dumps(_extras(generation))[1:-1]
            ending = last % json.dumps(generation.finish_reason)
            self.write(f"{prefix}{ending}], {extras}}}\n\n")
            if request.stream_options and request.stream_options.include_usage:
                usage = generation.usage().model_dump_json()
                self.write(f'{prefix}], "usage": {usage}, {extras}}}\n\n')
            self.write("data: [DONE]\n\n")
        except SwError as error:  # the status is sent already: the stream has to tell
            self.write(f"data: {json.dumps(error_body(error))}\n\n")
        except StreamClosedError:
            return
        self.finish()

    def first_choice(self) -> str:
        """Return the choice a stream opens with, if any."""
        return ""


class ChatCompletions(_Completions):
    """``POST /v1/chat/completions``."""

    whole_object = "chat.completion"
    chunk_object = "chat.completion.chunk"
    id_prefix = "chatcmpl-"

    def parse_request(self, body: Any) -> ChatCompletionRequest:
        """Validate the body."""
        return parse(ChatCompletionRequest, body)

    def run(self, request: ChatCompletionRequest) -> Running:
        """Answer a conversation."""
        return self.generator.chat(request)

    def whole_choice(self, text: str, reason: str) -> dict[str, Any]:
        """Return the choice of an answer that is not streamed."""
        message = {"role": "assistant", "content": text}
        return {"index": 0, "message": message, "finish_reason": reason}

    def first_choice(self) -> str:
        """Say who speaks."""
        return '{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": null}'

    def chunk_parts(self) -> tuple[str, str, str]:
        """See `_Completions`."""
        return (
            '{"index": 0, "delta": {"content": ',
            '}, "finish_reason": null}',
            '{"index": 0, "delta": {}, "finish_reason": %s}',
        )


class Completions(_Completions):
    """``POST /v1/completions``."""

    whole_object = "text_completion"
    chunk_object = "text_completion"
    id_prefix = "cmpl-"

    def parse_request(self, body: Any) -> CompletionRequest:
        """Validate the body."""
        return parse(CompletionRequest, body)

    def run(self, request: CompletionRequest) -> Running:
        """Continue a text."""
        return self.generator.completion(request)

    def whole_choice(self, text: str, reason: str) -> dict[str, Any]:
        """Return the choice of an answer that is not streamed."""
        return {"index": 0, "text": text, "finish_reason": reason, "logprobs": None}

    def chunk_parts(self) -> tuple[str, str, str]:
        """See `_Completions`."""
        return (
            '{"index": 0, "text": ',
            ', "finish_reason": null, "logprobs": null}',
            '{"index": 0, "text": "", "finish_reason": %s, "logprobs": null}',
        )


def _extras(generation: Generation) -> dict[str, Any]:
    timings = generation.timings().model_dump(exclude_none=True)
    return {"timings": timings, "context_trimmed": generation.trimmed}
