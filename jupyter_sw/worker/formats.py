"""How models write a tool call, told from their chat templates.

A model was taught one way to write a call, and its template shows which. Templates differ in much
else, so what is looked for is only what the call itself consists of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# A tag of transformers' own, without a meaning for what a template reads.
_GENERATION = re.compile(r"\{%[-+]?\s*(end)?generation\s*[-+]?%\}")


@dataclass(frozen=True)
class CallFormat:
    """One way to write calls: a JSON value between two texts.

    Attributes
    ----------
    opening, closing
        Before and after the value. Without an opening, a reply that is a call begins with it.
    arguments
        The key beside ``name``.
    array
        The value is an array of calls, not one call.
    one, many
        What follows the opening, as a rule of llguidance's grammars; `CALL` and `CLOSING` stand for
        the parts. `many` is empty where a value holds one call only.
    joint
        Between the end of a call and the next opening; None where no second one may follow.
    """

    name: str
    opening: str
    closing: str
    arguments: str
    one: str
    many: str = ""
    array: bool = False
    joint: str | None = None

    @property
    def single(self) -> bool:
        """Tell whether a reply holds one call at most."""
        return not self.array and self.joint is None


HERMES = CallFormat(
    name="<tool_call>{…}</tool_call> (Hermes, Qwen 2.5 and 3)",
    opening="<tool_call>",
    closing="</tool_call>",
    arguments="arguments",
    one=r'"\n" CALL "\n" CLOSING',
    joint=r'"\n"',
)
MISTRAL = CallFormat(
    name="[TOOL_CALLS][{…}] (Mistral)",
    opening="[TOOL_CALLS]",
    closing="",
    arguments="arguments",
    one='" "? "[" CALL "]"',
    many='" "? "[" CALL (", " CALL)* "]"',
    array=True,
)
LLAMA = CallFormat(
    name='{"name": …, "parameters": {…}} (Llama 3.1 to 3.3)',
    opening="",
    closing="",
    arguments="parameters",
    one="CALL",
)

_SIGNS: tuple[tuple[CallFormat, tuple[str, ...], tuple[str, ...]], ...] = (
    # What a template holds, and what it must not hold: later models put other things than JSON
    # between the same tags (Qwen 3 Coder, GLM 4.5; Mistral from 2025 on).
    (HERMES, ("<tool_call>", "</tool_call>"), ("<function=", "<arg_key>")),
    (MISTRAL, ("[TOOL_CALLS]",), ("[ARGS]", "[CALL_ID]")),
    (LLAMA, ('{"name": function name, "parameters": dictionary',), ("<tool_call>",)),
)
KNOWN = tuple(call_format.name for call_format, _, _ in _SIGNS)


@lru_cache(maxsize=8)
def reads_tools(template: str) -> bool:
    """Tell whether a chat template does something with tools."""
    # Here, as a first reply without tools should not wait for it.
    from jinja2 import TemplateSyntaxError, meta
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(extensions=["jinja2.ext.loopcontrols"])
    try:
        tree = environment.parse(_GENERATION.sub("", template))
    except TemplateSyntaxError:
        return False
    return "tools" in meta.find_undeclared_variables(tree)


def format_of(template: str) -> CallFormat | None:
    """Return how a model with this chat template writes calls; None where that is not known."""
    plain = template.replace('\\"', '"')  # as a text in quotes has them
    for call_format, holds, lacks in _SIGNS:
        if all(sign in plain for sign in holds) and not any(sign in plain for sign in lacks):
            return call_format
    return None
