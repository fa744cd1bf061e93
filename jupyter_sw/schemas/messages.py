"""The messages of a conversation in OpenAI's wire format."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.tools import ToolCall


class TextPart(Wire):
    """A piece of a message; only text is offered."""

    type: Literal["text"]
    text: str


class _Message(Wire):
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """Return the content as one string."""
        if isinstance(self.content, str):
            return self.content
        return "".join(part.text for part in self.content or ())


class PromptMessage(_Message):
    """What the model is told or asked."""

    role: Literal["system", "developer", "user"]
    content: str | list[TextPart]


class AssistantMessage(_Message):
    """What the model answered: a text, tool calls, or both."""

    role: Literal["assistant"]
    tool_calls: list[ToolCall] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> AssistantMessage:
        if self.content is None and not self.tool_calls:
            raise ValueError("content is required where there are no tool_calls")
        return self


class ToolMessage(_Message):
    """What came of a tool call."""

    role: Literal["tool"]
    content: str | list[TextPart]
    tool_call_id: str


Message = Annotated[PromptMessage | AssistantMessage | ToolMessage, Field(discriminator="role")]
