"""Tool calls in OpenAI's wire format: what may be called, what is to be called, what was called.

https://platform.openai.com/docs/guides/function-calling
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from jupyter_sw.schemas.base import Request, Wire


class Function(Request):
    """A function that the model may ask to be called."""

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: dict[str, Any] | None = Field(
        default=None, description="JSON schema of the arguments, an object; null: there are none."
    )
    strict: bool | None = Field(
        default=None, description="The arguments follow the schema whenever it is called."
    )

    @field_validator("parameters")
    @classmethod
    def _an_object(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value is not None and value.get("type", "object") != "object":
            raise ValueError('the schema of the arguments must have "type": "object"')
        return value

    @property
    def arguments_schema(self) -> dict[str, Any]:
        """Return the JSON schema of the arguments."""
        return {"type": "object", "properties": {}, **(self.parameters or {})}


class Tool(Request):
    """One of OpenAI's `tools`; only functions are offered."""

    type: Literal["function"]
    function: Function


class FunctionName(Request):
    """Names a function."""

    name: str


class NamedChoice(Request):
    """OpenAI's `tool_choice` for one function that has to be called."""

    type: Literal["function"]
    function: FunctionName


ToolChoice = Literal["none", "auto", "required"] | NamedChoice


class CalledFunction(Wire):
    """What is called with what."""

    name: str
    arguments: str = Field(description="A JSON object, as text.")

    @field_validator("arguments")
    @classmethod
    def _a_json_object(cls, value: str) -> str:
        try:
            known = isinstance(json.loads(value or "{}"), dict)
        except (ValueError, RecursionError):
            known = False
        if not known:
            raise ValueError("must be a JSON object, as text")
        return value or "{}"


class ToolCall(Wire):
    """A call that the model asks for."""

    id: Annotated[str, Field(min_length=1)]
    type: Literal["function"] = "function"
    function: CalledFunction
