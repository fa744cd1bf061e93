"""What a model answered, while it is written and afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_sw.client.api import Client
from jupyter_sw.errors import ServerError, SwError
from jupyter_sw.schemas.generation import Timings, Usage


class Reply(str):
    """A whole reply: a string that knows what it cost."""

    model: str
    usage: Usage | None
    timings: Timings | None
    finish_reason: str | None
    context_trimmed: int

    def __new__(
        cls,
        text: str,
        *,
        model: str = "",
        usage: Usage | None = None,
        timings: Timings | None = None,
        finish_reason: str | None = None,
        context_trimmed: int = 0,
    ) -> Reply:
        """Make a reply of its text and what is known about it."""
        reply = super().__new__(cls, text)
        reply.model = model
        reply.usage = usage
        reply.timings = timings
        reply.finish_reason = finish_reason
        reply.context_trimmed = context_trimmed
        return reply

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle as the plain string it is for everybody else."""
        return str, (str(self),)

    @property
    def footer(self) -> str:
        """Return one line: model, tokens, speed, time to the first token, and what is unusual."""
        return footer(
            self.model, self.usage, self.timings, self.finish_reason, self.context_trimmed
        )


def footer(
    model: str,
    usage: Usage | None,
    timings: Timings | None,
    finish_reason: str | None,
    context_trimmed: int,
) -> str:
    """Say in one line what a reply cost and what was unusual about it."""
    parts = [model] if model else []
    if usage is not None:
        parts.append(f"{usage.completion_tokens} tokens")
    if timings is not None and timings.tokens_per_second:
        parts.append(f"{timings.tokens_per_second:.0f} tok/s")
    if timings is not None and timings.first_token is not None:
        parts.append(f"first token {timings.first_token:.2f} s")
    if finish_reason == "length":
        parts.append("cut at the token limit")
    if finish_reason == "cancelled":
        parts.append("stopped")
    if context_trimmed:
        turns = "turn" if context_trimmed == 1 else "turns"
        parts.append(f"the model did not see the {context_trimmed} oldest {turns}")
    return " · ".join(parts)


class ReplyStream:
    """A reply as it is written: iterate for its pieces, then read `reply`.

    Breaking off (`close`, or leaving the loop by an exception) stops the model.
    """

    def __init__(self, client: Client, body: dict[str, Any], model: str) -> None:
        self._chunks = client.complete({**body, "stream_options": {"include_usage": True}})
        self._model = model
        self._text: list[str] = []
        self._known: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        try:
            for chunk in self._chunks:
                text = self._take(chunk)
                if text:
                    self._text.append(text)
                    yield text
        finally:
            self.close()

    @property
    def reply(self) -> Reply:
        """Return what has been said so far, with what is known about it."""
        return Reply("".join(self._text), model=self._model, **self._known)

    def close(self) -> None:
        """Break off: the model stops within one step."""
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()

    def _take(self, chunk: dict[str, Any]) -> str:
        if "error" in chunk:
            error = chunk["error"]
            if not isinstance(error, dict):
                raise ServerError(str(error))
            raise SwError.from_wire({**error, "reason": error.get("code")})
        if chunk.get("usage"):
            self._known["usage"] = Usage.model_validate(chunk["usage"])
        if chunk.get("timings"):
            self._known["timings"] = Timings.model_validate(chunk["timings"])
        if chunk.get("context_trimmed"):
            self._known["context_trimmed"] = int(chunk["context_trimmed"])
        text = ""
        for choice in chunk.get("choices", ()):
            text += choice.get("delta", {}).get("content") or ""
            if choice.get("finish_reason"):
                self._known["finish_reason"] = choice["finish_reason"]
        return text
