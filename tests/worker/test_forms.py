"""What a grammar lets a reply be, for every way of writing calls."""

from __future__ import annotations

import llguidance
import pytest

from jupyter_sw.schemas.generation import JsonFormat
from jupyter_sw.schemas.tools import Function
from jupyter_sw.worker.formats import HERMES, LLAMA, MISTRAL, CallFormat
from jupyter_sw.worker.grammar import form_of
from jupyter_sw.worker.tools import Toolbox

CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
TOKENIZER = llguidance.LLTokenizer("byte")


def toolbox(call_format: CallFormat, *, must: bool, many: bool = True) -> Toolbox:
    functions = (
        Function(name="weather", parameters=CITY, strict=True),
        Function(name="free", parameters=CITY),
    )
    return Toolbox(
        call_format=call_format,
        tools=(),
        functions=functions,
        must=must,
        many=many and not call_format.single,
        control={},
    )


def allows(box: Toolbox, text: str, answer: JsonFormat | None = None) -> bool:
    """Tell whether a text is a whole reply by the grammar."""
    form = form_of(answer, box)
    assert form is not None
    grammar = llguidance.LLMatcher.grammar_from_lark(form.lark)
    matcher = llguidance.LLMatcher(TOKENIZER, grammar)
    tokens = TOKENIZER.tokenize_str(text)
    return bool(matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting())


def call(call_format: CallFormat, *names: str, arguments: str = '{"city": "Rome"}') -> str:
    """Return calls as the model writes them."""
    key = call_format.arguments
    calls = [f'{{"name": "{name}", "{key}": {arguments}}}' for name in names]
    if call_format is HERMES:
        return "\n".join(f"<tool_call>\n{one}\n</tool_call>" for one in calls)
    return f"[TOOL_CALLS][{', '.join(calls)}]" if call_format is MISTRAL else calls[0]


@pytest.mark.parametrize("way", [HERMES, MISTRAL, LLAMA])
def test_a_reply_that_has_to_call(way: CallFormat) -> None:
    box = toolbox(way, must=True)
    assert allows(box, call(way, "weather"))
    assert allows(box, call(way, "free"))
    assert not allows(box, call(way, "other"))
    assert not allows(box, call(way, "free", arguments='{"town": "Rome"}'))
    assert not allows(box, "It is sunny. " + call(way, "weather"))
    assert not allows(box, "")
    if not way.single:
        twice = call(way, "weather", "free")
        assert allows(box, twice)
        assert not allows(toolbox(way, must=True, many=False), twice)


@pytest.mark.parametrize("way", [HERMES, MISTRAL, LLAMA])
def test_a_reply_that_may_call(way: CallFormat) -> None:
    box = toolbox(way, must=False)
    assert allows(box, "It is {sunny} <b>there</b>.\n")
    assert allows(box, "")
    assert allows(box, call(way, "weather"))
    assert not allows(box, call(way, "weather", arguments='{"town": "Rome"}')), "it is strict"
    assert allows(box, call(way, "free", arguments='{"town": "Rome"}')), "it is not"
    if way.opening:
        assert allows(box, f"I look. {call(way, 'weather')}\nThere. {call(way, 'free')}\n")
    else:
        assert allows(box, "I look. " + call(way, "other")), "that is text"


@pytest.mark.parametrize("way", [HERMES, MISTRAL, LLAMA])
def test_a_reply_that_calls_or_answers_in_a_format(way: CallFormat) -> None:
    box, answer = toolbox(way, must=False), JsonFormat(type="json_object")
    assert allows(box, call(way, "weather"), answer)
    assert allows(box, '{"sunny": true}', answer)
    assert not allows(box, "It is sunny.", answer)
