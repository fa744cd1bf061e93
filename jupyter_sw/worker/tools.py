"""The functions that a reply may call: what a request says, and what the model's format can do."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import ChatCompletionRequest
from jupyter_sw.schemas.messages import AssistantMessage, ToolMessage
from jupyter_sw.schemas.tools import Function, NamedChoice, Tool
from jupyter_sw.worker.calls import Recognizer
from jupyter_sw.worker.engines.base import Engine, ToolDict
from jupyter_sw.worker.formats import KNOWN, CallFormat, format_of, reads_tools


@dataclass(frozen=True)
class Toolbox:
    """What a reply may call, and how it is written."""

    call_format: CallFormat
    tools: tuple[ToolDict, ...]
    """As the chat template gets them."""
    functions: tuple[Function, ...]
    """Those that may be called."""
    must: bool
    """Whether a call has to be made."""
    many: bool
    """Whether there may be more than one."""
    control: dict[str, int]
    """Which of the format's texts are control tokens of this model."""

    @property
    def free(self) -> bool:
        """Tell whether nothing of a reply is prescribed."""
        return not self.must and not any(function.strict for function in self.functions)

    def recognizer(self) -> Recognizer:
        """Return what finds the calls in one reply."""
        names = frozenset(function.name for function in self.functions)
        return Recognizer(self.call_format, names, many=self.many)


def toolbox_of(request: ChatCompletionRequest, engine: Engine, model: str) -> Toolbox | None:
    """Return what a reply may call, None where it may call nothing; blocking.

    Raises
    ------
    BadRequest
        When the model's chat format does not know tools, or writes calls in an unknown way.
    """
    tools = request.tools if request.tool_choice != "none" else None
    asked = "tools" if tools else "messages" if _has_calls(request) else None
    template = engine.templates.tools if tools else engine.templates.plain
    if asked is not None and not reads_tools(template):
        raise BadRequest(
            f"{asked}: the chat format of {model} has no place for tools.",
            hint="Run a model whose chat template knows tools (Qwen 2.5, Qwen 3 and Llama 3.1 are "
            "some), or describe the tool in a message and ask for its arguments with "
            "response_format.",
        )
    if not tools:
        return None
    call_format = format_of(template)
    if call_format is None:
        raise BadRequest(
            f"tools: the chat format of {model} writes tool calls in a way that is not known "
            f"here. Known are: {'; '.join(KNOWN)}.",
            hint="Run a model with one of these, or ask for a tool's arguments with "
            "response_format.",
        )
    choice = request.tool_choice
    functions = [tool.function for tool in tools]
    if isinstance(choice, NamedChoice):
        functions = [one for one in functions if one.name == choice.function.name]
    texts = (call_format.opening, call_format.closing)
    tokens = {text: engine.control_token(text) for text in texts if text}
    return Toolbox(
        call_format=call_format,
        tools=tuple(map(_as_shown, tools)),
        functions=tuple(functions),
        must=choice == "required" or isinstance(choice, NamedChoice),
        many=(
            request.parallel_tool_calls is not False
            and not isinstance(choice, NamedChoice)
            and not call_format.single
        ),
        control={text: token for text, token in tokens.items() if token is not None},
    )


def _has_calls(request: ChatCompletionRequest) -> bool:
    return any(
        isinstance(message, ToolMessage)
        or (isinstance(message, AssistantMessage) and message.tool_calls)
        for message in request.messages
    )


def _as_shown(tool: Tool) -> ToolDict:
    """Return a tool as a model is to see it: `strict` is for us, and templates expect a schema."""
    function = tool.function
    shown = {"name": function.name}
    if function.description is not None:
        shown["description"] = function.description
    return {"type": "function", "function": {**shown, "parameters": function.arguments_schema}}
