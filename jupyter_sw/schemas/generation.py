"""What a worker is asked and what it answers: OpenAI's wire format and what we add to it.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

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


class PromptDetails(Wire):
    """OpenAI's `prompt_tokens_details`."""

    cached_tokens: int = Field(default=0, description="Found in the cache, not computed again.")


class Usage(Wire):
    """Tokens in and out."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptDetails | None = None


class Timings(Wire):
    """Where the seconds of a reply went, and over how many tokens."""

    queue: float | None = Field(default=None, description="Waiting for a place in the batch.")
    prefill: float | None = Field(default=None, description="From the place to first token.")
    first_token: float | None = Field(default=None, description="From request to first token.")
    per_token: float | None = Field(
        default=None, description="Seconds for each token after the first."
    )
    total: float | None = None
    tokens_per_second: float | None = Field(default=None, description="After the first token.")
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    reused_tokens: int | None = Field(
        default=None,
        description="Of the prompt, found in the cache; null where the engine does not tell.",
    )


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
    """OpenAI's `response_format` for text as it comes."""

    type: Literal["text"]


class JsonFormat(Request):
    """OpenAI's `response_format` for any JSON object."""

    type: Literal["json_object"]


class NamedSchema(Request):
    """A JSON schema with the name it has at OpenAI's."""

    name: str = ""
    description: str | None = None
    strict: bool | None = None
    json_schema: dict[str, Any] = Field(alias="schema")


class SchemaFormat(Request):
    """OpenAI's `response_format` for JSON that follows a schema."""

    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat = Annotated[TextFormat | JsonFormat | SchemaFormat, Field(discriminator="type")]
Stop = Annotated[str, Field(min_length=1)]


class _Generation(Request):
    """What chat and plain completions share. What no engine offers is refused, not ignored."""

    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    repetition_penalty: Annotated[float, Field(gt=0, le=10)] | None = Field(
        default=None, description="Makes tokens of prompt and reply less likely; 1 is off."
    )
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    logit_bias: dict[int, Annotated[float, Field(ge=-100, le=100)]] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    seed: int | None = None
    stop: Stop | list[Stop] | None = None
    n: Annotated[int, Field(ge=1, le=32)] | None = None
    response_format: ResponseFormat | None = None
    user: str | None = None
    metadata: dict[str, Any] | None = None


class ChatCompletionRequest(_Generation):
    """OpenAI's chat completion request, as far as every engine keeps it."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None

    @property
    def logprobs_asked(self) -> int | None:
        """Return how many alternatives to tell for each token; None: no probabilities at all."""
        return self.top_logprobs or 0 if self.logprobs else None

    @field_validator("tools", "tool_choice")
    @classmethod
    def _no_tools(cls, value: Any) -> Any:
        if value and value != "none":
            raise ValueError(
                "tool calls are not offered; describe the tool in a message and ask for its "
                "arguments with response_format"
            )
        return value

    @model_validator(mode="after")
    def _alternatives_of_something(self) -> ChatCompletionRequest:
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs needs logprobs to be true")
        return self


class CompletionRequest(_Generation):
    """OpenAI's legacy completion request: plain text in, its continuation out."""

    prompt: str
    echo: Literal[False] | None = None
    logprobs: Annotated[int, Field(ge=0, le=20)] | None = None

    @property
    def logprobs_asked(self) -> int | None:
        """See `ChatCompletionRequest.logprobs_asked`."""
        return self.logprobs
