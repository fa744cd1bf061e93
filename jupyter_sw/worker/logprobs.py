"""Tokens' probabilities in OpenAI's two formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyter_sw.worker.engines.base import TokenLogprob


def chat_logprobs(tokens: Iterable[TokenLogprob]) -> dict[str, Any]:
    """Return the `logprobs` of a chat's choice."""
    return {
        "content": [
            {
                **_entry(token.data, token.logprob),
                "top_logprobs": [_entry(data, logprob) for data, logprob in token.top],
            }
            for token in tokens
        ]
    }


def completion_logprobs(tokens: Iterable[TokenLogprob], offset: int = 0) -> dict[str, Any]:
    """Return the `logprobs` of a plain completion's choice, its tokens from `offset` on."""
    answer: dict[str, list[Any]] = {
        "tokens": [],
        "token_logprobs": [],
        "top_logprobs": [],
        "text_offset": [],
    }
    for token in tokens:
        text = _text(token.data)
        answer["tokens"].append(text)
        answer["token_logprobs"].append(token.logprob)
        answer["top_logprobs"].append({_text(data): logprob for data, logprob in token.top})
        answer["text_offset"].append(offset)
        offset += len(text)
    return answer


def _entry(data: bytes, logprob: float) -> dict[str, Any]:
    return {"token": _text(data), "logprob": logprob, "bytes": list(data)}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
