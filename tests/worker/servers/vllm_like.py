"""Answers on a Unix socket what vLLM 0.18 answers, in its format; the text is always the same.

The shapes are those of ``vllm/entrypoints/openai/`` and of its Prometheus metrics.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler

WORDS = ["The", " capital", " is", " Paris", "."]
LIMIT = 600  # characters of a conversation; what is longer "overflows the context"


def chunk(model: str, **fields: object) -> str:
    """Return one event of a stream."""
    head = {
        "id": "chatcmpl-8f2a",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": model,
    }
    return f"data: {json.dumps({**head, **fields})}\n\n"


class Chat(RequestHandler):
    """``POST /v1/chat/completions``."""

    async def post(self) -> None:
        body = json.loads(self.request.body)
        size = sum(len(message["content"]) for message in body["messages"])
        Path(os.environ["SEEN"]).write_text(json.dumps(body))
        if body.get("temperature", 1) > 2:
            self.refuse(f"temperature must be in [0, 2], got {body['temperature']}.")
            return
        if size > LIMIT:
            self.refuse(
                f"This model's maximum context length is {LIMIT} tokens. However, you requested "
                f"{size} tokens in the messages."
            )
            return
        usage = {"prompt_tokens": 12, "total_tokens": 17, "completion_tokens": 5}
        if not body.get("stream"):
            message = {"role": "assistant", "content": "".join(WORDS)}
            choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            self.finish({"model": body["model"], "choices": [choice], "usage": usage})
            return
        self.set_header("Content-Type", "text/event-stream; charset=utf-8")
        model = body["model"]
        choice = {"index": 0, "logprobs": None, "finish_reason": None}
        first = {**choice, "delta": {"role": "assistant", "content": ""}}
        self.write(chunk(model, choices=[first]))
        deltas: list[dict[str, object]] = [{"content": word} for word in WORDS]
        if body.get("tools"):
            function = {"name": body["tools"][0]["function"]["name"], "arguments": ""}
            call = {"id": "chatcmpl-tool-1", "index": 0, "type": "function", "function": function}
            more = {"index": 0, "function": {"arguments": "{}"}}
            deltas = [{"tool_calls": [call]}, {"tool_calls": [more]}]
        for delta in deltas:
            self.write(chunk(model, choices=[{**choice, "delta": delta}]))
            await self.flush()
            await asyncio.sleep(0.01)
        last = {**choice, "delta": {"content": ""}, "finish_reason": "stop", "stop_reason": None}
        self.write(chunk(model, choices=[last]))
        if (body.get("stream_options") or {}).get("include_usage"):
            self.write(chunk(model, choices=[], usage=usage))
        self.finish("data: [DONE]\n\n")

    def refuse(self, message: str) -> None:
        """Answer 400 as vLLM does."""
        self.set_status(400)
        error = {"message": message, "type": "BadRequestError", "param": None, "code": 400}
        self.finish({"error": error})


class Health(RequestHandler):
    """``GET /health``: nothing, with 200."""

    def get(self) -> None:
        self.finish()


class Metrics(RequestHandler):
    """``GET /metrics``."""

    def get(self) -> None:
        self.finish(
            "# HELP vllm:num_requests_waiting Number of requests waiting to be processed.\n"
            "# TYPE vllm:num_requests_waiting gauge\n"
            'vllm:num_requests_waiting{engine="0",model_name="m"} 0.0\n'
        )


async def main() -> None:
    """Serve until killed."""
    Path(os.environ["SEEN_ARGV"]).write_text(json.dumps(sys.argv[1:]))
    parser = argparse.ArgumentParser()
    parser.add_argument("--uds")
    options, _ = parser.parse_known_args()
    print("INFO 11-26 10:00:00 [api_server.py:1] vLLM API server version 0.18.0", flush=True)
    server = HTTPServer(
        Application(
            [("/health", Health), ("/metrics", Metrics), ("/v1/chat/completions", Chat)],
        )
    )
    server.add_socket(bind_unix_socket(options.uds))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
