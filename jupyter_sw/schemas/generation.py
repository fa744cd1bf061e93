"""What a worker is asked and what it answers: OpenAI's wire format and what we add to it.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.messages import AssistantMessage, Message, ToolMessage
from jupyter_sw.schemas.tools import NamedChoice, Tool, ToolChoice


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
    """Where the seconds of a reply went, and over how many tokens; null is what nobody told."""

    queue: float | None = Field(
        default=None, description="From request to a place in the batch; null behind a server."
    )
    prefill: float | None = Field(
        default=None,
        description="From the place to first token; behind a server, what the server told.",
    )
    first_token: float | None = Field(
        default=None,
        description="From request to first token; null for a whole answer of a server behind.",
    )
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
    tools: Annotated[list[Tool], Field(max_length=128)] | None = None
    tool_choice: ToolChoice | None = Field(
        default=None, description="auto where there are tools, none where there are none."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="False: one call in a reply at most."
    )

    @property
    def logprobs_asked(self) -> int | None:
        """Return how many alternatives to tell for each token; None: no probabilities at all."""
        return self.top_logprobs or 0 if self.logprobs else None

    @model_validator(mode="after")
    def _alternatives_of_something(self) -> ChatCompletionRequest:
        if self.top_logprobs is not None and not self.logprobs:
            raise ValueError("top_logprobs needs logprobs to be true")
        return self

    @model_validator(mode="after")
    def _choice_of_something(self) -> ChatCompletionRequest:
        names = [tool.function.name for tool in self.tools or ()]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"tools: two functions are called {twice}")
        choice = self.tool_choice
        if choice == "required" and not names:
            raise ValueError("tool_choice: there are no tools to choose from")
        if isinstance(choice, NamedChoice) and choice.function.name not in names:
            raise ValueError(f"tool_choice: {choice.function.name} is not among the tools")
        return self

    @model_validator(mode="after")
    def _answers_to_calls(self) -> ChatCompletionRequest:
        called: set[str] = set()
        for number, message in enumerate(self.messages):
            if isinstance(message, AssistantMessage):
                called.update(call.id for call in message.tool_calls or ())
            elif isinstance(message, ToolMessage) and message.tool_call_id not in called:
                raise ValueError(
                    f"messages.{number}: no assistant message before it has the tool call "
                    f"{message.tool_call_id}"
                )
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
