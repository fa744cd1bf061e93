"""What a request prescribes for the form of a reply, checked the same way for every engine.

llama.cpp drops a schema that it can't read and writes free text; so what is passed on was read
here first.

https://github.com/guidance-ai/llguidance/blob/main/docs/syntax.md
"""

from __future__ import annotations

import json
from typing import Any

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import JsonFormat, ResponseFormat, SchemaFormat
from jupyter_sw.schemas.tools import Function
from jupyter_sw.worker.engines.base import Form
from jupyter_sw.worker.tools import Toolbox

# Whitespace as a model writes it; free whitespace lets a small model write nothing else for ever.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
_ANY_OBJECT: dict[str, Any] = {"type": "object"}


def form_of(asked: ResponseFormat | None, toolbox: Toolbox | None) -> Form | None:
    """Return the form that a reply has to have, None for text as it comes.

    Raises
    ------
    BadRequest
        When a schema is none, or one that can't be followed.
    """
    schema = _schema(asked)
    answer = None if schema is None else _followed(schema, "response_format: the JSON schema")
    if toolbox is None:
        return None if answer is None else Form(f"start: {answer}", "response_format")
    if toolbox.must:
        form = Form(f"start: calls\n{_calls(toolbox)}", "tool_choice")
    elif answer is not None:
        rules = f"start: calls | answer\nanswer: {answer}\n{_calls(toolbox)}"
        form = Form(rules, "response_format")
    elif toolbox.free:
        return None
    else:
        form = Form(f"{_calls_in_text(toolbox)}\n{_functions(toolbox)}", "tools")
    problem = _problem(form)
    if problem:  # each schema alone was fine
        raise BadRequest(
            f"tools: their JSON schemas together can't be followed: {problem}",
            hint="Offer fewer functions, or let only some be strict.",
        )
    return form


def _problem(form: Form) -> str:
    import llguidance

    problem: str = llguidance.LLMatcher.validate_grammar(
        llguidance.LLMatcher.grammar_from_lark(form.lark)
    )
    return problem


def _schema(asked: ResponseFormat | None) -> dict[str, Any] | None:
    if isinstance(asked, JsonFormat):
        return _ANY_OBJECT
    return asked.json_schema.json_schema if isinstance(asked, SchemaFormat) else None


def _followed(schema: dict[str, Any], what: str) -> str:
    """Return the part of a grammar that follows a JSON schema."""
    import llguidance

    grammar = llguidance.LLMatcher.grammar_from_json_schema(schema)
    problem = llguidance.LLMatcher.validate_grammar(grammar)
    if problem:
        raise BadRequest(
            f"{what} can't be followed: {problem}",
            hint="Leave out what is named, or check the schema.",
        )
    return "%json " + json.dumps({**schema, "x-guidance": _LAYOUT})


def _calls(toolbox: Toolbox) -> str:
    """Return the rules of a reply that is a call, or several."""
    opening, block, joint = _text(toolbox, toolbox.call_format.opening), _block(toolbox), None
    if toolbox.many:
        joint = toolbox.call_format.joint
    again = "" if joint is None else f"({joint} {opening} {block})*"
    return f"calls: {opening} {block} {again}\n{_functions(toolbox)}"


def _calls_in_text(toolbox: Toolbox) -> str:
    """Return the rules of a text that may hold calls."""
    opening, block = toolbox.call_format.opening, _block(toolbox)
    if not opening:
        return f"start: {block} | TEXT\nTEXT: /(\\s*[^{{\\s](.|\\n)*)?/"
    often = "*" if toolbox.many else "?"
    if opening in toolbox.control:
        head = f"head: TEXT {_text(toolbox, opening)}"
    else:
        head = f"head[lazy]: TEXT {_text(toolbox, opening)}"
    return f"start: (head {block}){often} tail\n{head}\ntail: TEXT\nTEXT: /(.|\\n)*/"


def _block(toolbox: Toolbox) -> str:
    """Return what follows an opening."""
    call_format = toolbox.call_format
    block = call_format.many if toolbox.many and call_format.many else call_format.one
    closing = _text(toolbox, call_format.closing)
    return f"({block.replace('CALL', 'call').replace('CLOSING', closing)})"


def _functions(toolbox: Toolbox) -> str:
    """Return the rules of one call."""
    rules = [
        _function(function, toolbox, f"call_{number}")
        for number, function in enumerate(toolbox.functions)
    ]
    either = " | ".join(f"call_{number}" for number in range(len(rules)))
    return "\n".join([f"call: {either}", *rules])


def _function(function: Function, toolbox: Toolbox, rule: str) -> str:
    if toolbox.must or function.strict:
        what = f"tools: the JSON schema of {function.name}'s parameters"
        arguments = _followed(function.arguments_schema, what)
    else:
        arguments = _followed(_ANY_OBJECT, "")
    # Cut where JSON's own grammar cuts: a call and an answer that begin alike are told apart late.
    key, name = (json.dumps(text) for text in (toolbox.call_format.arguments, function.name))
    head = " ".join(json.dumps(part) for part in ("{", '"name"', ": ", name, ", ", key, ": "))
    return f'{rule}: {head} {arguments} "}}"'


def _text(toolbox: Toolbox, text: str) -> str:
    """Return a fixed text as a grammar has it: its control token where the model has one."""
    if not text:
        return ""
    token = toolbox.control.get(text)
    return json.dumps(text) if token is None else f"<[{token}]>"
