"""OpenAI's wire format: chat and plain completions, whole or as server-sent events.

https://platform.openai.com/docs/api-reference/chat/create

A stream's chunks differ in their text only, so everything around it is built once a reply.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from contextlib import AbstractAsyncContextManager
from typing import Any

from jupyter_sw.errors import SwError
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.generation import ChatCompletionRequest, CompletionRequest
from jupyter_sw.schemas.tools import ToolCall
from jupyter_sw.worker.engines.base import TokenLogprob
from jupyter_sw.worker.generation import Answer
from jupyter_sw.worker.handlers import Replying, error_body
from jupyter_sw.worker.logprobs import chat_logprobs, completion_logprobs
from jupyter_sw.worker.reply import extras_of, usage_of

_ESCAPE = json.encoder.encode_basestring_ascii

Request = ChatCompletionRequest | CompletionRequest
Running = AbstractAsyncContextManager[Answer]
Logprobs = list[TokenLogprob]


class _Completions(Replying):
    """What both endpoints share."""

    whole_object: str
    chunk_object: str
    id_prefix: str

    def parse_request(self, body: Any) -> Request:
        raise NotImplementedError

    def run(self, request: Any) -> Running:
        raise NotImplementedError

    def whole_choice(
        self, number: int, text: str, calls: list[ToolCall], reason: str
    ) -> dict[str, Any]:
        raise NotImplementedError

    def chunk_parts(self) -> tuple[str, str, str]:
        """Return a chunk's choice from its number to its text, what follows, and its end."""
        raise NotImplementedError

    def logprobs(self, number: int, tokens: Logprobs) -> dict[str, Any]:
        raise NotImplementedError

    async def answer(self, body: Any) -> None:
        """Generate."""
        request = self.parse_request(body)
        head = {
            "id": self.id_prefix + uuid.uuid4().hex,
            "created": int(time.time()),
            "model": self.model_name,
        }
        async with self.run(request) as answer:
            if request.stream:
                await self._stream(request, head, answer)
            else:
                await self._whole(request, head, answer)

    async def _whole(self, request: Request, head: dict[str, Any], answer: Answer) -> None:
        texts = [""] * len(answer.replies)
        tokens: list[Logprobs] = [[] for _ in answer.replies]
        calls: list[list[ToolCall]] = [[] for _ in answer.replies]
        async for number, delta in answer.deltas:
            texts[number] += delta.text
            tokens[number] += delta.logprobs
            calls[number] += delta.calls
        choices = []
        for number, reply in enumerate(answer.replies):
            choice = self.whole_choice(number, texts[number], calls[number], reply.finish_reason)
            if request.logprobs_asked is not None:
                choice["logprobs"] = self.logprobs(number, tokens[number])
            choices.append(choice)
        self.finish(
            {
                **head,
                "object": self.whole_object,
                "choices": choices,
                "usage": usage_of(answer.replies).model_dump(exclude_none=True),
                **extras_of(answer.replies[0]),
            }
        )

    async def _stream(self, request: Request, head: dict[str, Any], answer: Answer) -> None:
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        prefix = f'data: {json.dumps({**head, "object": self.chunk_object})[:-1]}, "choices": ['
        before, between, last = self.chunk_parts()
        numbers = range(len(answer.replies))
        text_before = [f'{prefix}{{"index": {number}, {before}' for number in numbers]
        text_after = between + 'null, "finish_reason": null}]}\n\n'
        called: Counter[int] = Counter()
        try:
            if first := self.first_choice():
                for number in numbers:
                    self.write(f'{prefix}{{"index": {number}, {first}}}]}}\n\n')
                await self.flush()
            async for number, delta in answer.deltas:
                if delta.logprobs:
                    told = json.dumps(self.logprobs(number, list(delta.logprobs)))
                    after = f'{between}{told}, "finish_reason": null}}]}}\n\n'
                    self.write(text_before[number] + _ESCAPE(delta.text) + after)
                    await self.flush()
                elif delta.text:
                    self.write(text_before[number] + _ESCAPE(delta.text) + text_after)
                    await self.flush()
                for call in delta.calls:
                    told = json.dumps({"index": called[number], **call.model_dump()})
                    choice = f'"delta": {{"tool_calls": [{told}]}}, "finish_reason": null'
                    self.write(f'{prefix}{{"index": {number}, {choice}}}]}}\n\n')
                    await self.flush()
                    called[number] += 1
            extras = json.dumps(extras_of(answer.replies[0]))[1:-1]
            for number, reply in enumerate(answer.replies):
                ending = last % json.dumps(reply.finish_reason)
                self.write(f'{prefix}{{"index": {number}, {ending}}}], {extras}}}\n\n')
            if request.stream_options and request.stream_options.include_usage:
                usage = usage_of(answer.replies).model_dump_json(exclude_none=True)
                self.write(f'{prefix}], "usage": {usage}, {extras}}}\n\n')
            self.write("data: [DONE]\n\n")
        except SwError as error:  # the status is sent already: the stream has to tell
            self.write(f"data: {json.dumps(error_body(error))}\n\n")
        self.finish()

    def first_choice(self) -> str:
        """Return what a stream's choices open with, if anything."""
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

    def whole_choice(
        self, number: int, text: str, calls: list[ToolCall], reason: str
    ) -> dict[str, Any]:
        """Return the choice of an answer that is not streamed."""
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if calls:
            message["content"] = text or None
            message["tool_calls"] = [call.model_dump() for call in calls]
        return {"index": number, "message": message, "finish_reason": reason}

    def first_choice(self) -> str:
        """Say who speaks."""
        return '"delta": {"role": "assistant", "content": ""}, "finish_reason": null'

    def chunk_parts(self) -> tuple[str, str, str]:
        """See `_Completions`."""
        return (
            '"delta": {"content": ',
            '}, "logprobs": ',
            '"delta": {}, "finish_reason": %s',
        )

    def logprobs(self, number: int, tokens: Logprobs) -> dict[str, Any]:
        """Return the probabilities of some tokens."""
        return chat_logprobs(tokens)


class Completions(_Completions):
    """``POST /v1/completions``."""

    whole_object = "text_completion"
    chunk_object = "text_completion"
    id_prefix = "cmpl-"

    _offset: Counter[int]  # of each reply, in characters

    def parse_request(self, body: Any) -> CompletionRequest:
        """Validate the body."""
        self._offset = Counter()
        return parse(CompletionRequest, body)

    def run(self, request: CompletionRequest) -> Running:
        """Continue a text."""
        return self.generator.completion(request)

    def whole_choice(
        self, number: int, text: str, calls: list[ToolCall], reason: str
    ) -> dict[str, Any]:
        """Return the choice of an answer that is not streamed; there are no calls in it."""
        return {"index": number, "text": text, "finish_reason": reason, "logprobs": None}

    def chunk_parts(self) -> tuple[str, str, str]:
        """See `_Completions`."""
        return (
            '"text": ',
            ', "logprobs": ',
            '"text": "", "finish_reason": %s, "logprobs": null',
        )

    def logprobs(self, number: int, tokens: Logprobs) -> dict[str, Any]:
        """Return the probabilities of some tokens, which follow those told before."""
        told = completion_logprobs(tokens, self._offset[number])
        self._offset[number] += sum(map(len, told["tokens"]))
        return told
