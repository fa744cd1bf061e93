"""What a worker is asked and what it answers: OpenAI's wire format and what we add to it.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from jupyter_sw.schemas.base import Request, Wire


class SamplingParams(Request):
    """How the next token is chosen; None leaves it to the model's own defaults."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        default=None, description="0 switches it off."
    )
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    stop: list[Annotated[str, Field(min_length=1, max_length=200)]] | None = Field(
        default=None, max_length=16
    )


class Usage(Wire):
    """Tokens in and out."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


class Timings(Wire):
    """Where the seconds of a reply went."""

    queue: float | None = Field(default=None, description="Waiting for a place in the batch.")
    first_token: float | None = Field(default=None, description="From request to first token.")
    total: float | None = None
    tokens_per_second: float | None = Field(default=None, description="After the first token.")


class TextPart(Wire):
    """A piece of a message; only text is offered."""

    type: Literal["text"]
    text: str


class Message(Wire):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: str | list[TextPart]

    @property
    def text(self) -> str:
        """Return the content as one string."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content)


class StreamOptions(Wire):
    """OpenAI's `stream_options`."""

    include_usage: bool = False


class TextFormat(Request):
    """OpenAI's `response_format` in the one form that is offered."""

    type: Literal["text"]


class _Generation(Request):
    """What chat and plain completions share. What no engine offers is refused, not ignored."""

    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: Literal[1] | None = None
    frequency_penalty: Literal[0] | None = None
    presence_penalty: Literal[0] | None = None
    response_format: TextFormat | None = None
    user: str | None = None
    metadata: dict[str, Any] | None = None


class ChatCompletionRequest(_Generation):
    """OpenAI's chat completion request, as far as every engine keeps it."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: Literal[False] | None = None


class CompletionRequest(_Generation):
    """OpenAI's legacy completion request: plain text in, its continuation out."""

    prompt: str
    echo: Literal[False] | None = None
