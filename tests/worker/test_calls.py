"""Tool calls found in text, wherever the text is parted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_sw.schemas.tools import ToolCall
from jupyter_sw.worker.calls import Recognizer
from jupyter_sw.worker.formats import HERMES, LLAMA, MISTRAL, CallFormat, format_of, reads_tools
from tests.worker.tiny import LLAMA2_TEMPLATE
from tests.worker.toolmodels import HERMES_TEMPLATE

NAMES = {"weather", "add"}
PARIS = '{"name": "weather", "arguments": {"city": "Paris"}}'
HARD = (
    '{"name": "add", "arguments": {"a": "}</tool_call>\\" [TOOL_CALLS]{", "b": [1, {"c": -2e3}]}}'
)
P, H = f"<tool_call>\n{PARIS}\n</tool_call>", f"<tool_call>\n{HARD}\n</tool_call>"

Read = tuple[str, list[tuple[str, object]]]


def read(call_format: CallFormat, *pieces: str, many: bool = True) -> Read:
    """Return the text and the calls in a reply that comes in pieces."""
    recognizer = Recognizer(call_format, NAMES, many=many)
    text, calls = "", list[ToolCall]()
    for said, called in [*map(recognizer.add, pieces), recognizer.rest()]:
        text += said
        calls += called
    assert recognizer.called == len(calls)
    assert len({call.id for call in calls}) == len(calls)
    return text, [(call.function.name, json.loads(call.function.arguments)) for call in calls]


WEATHER = ("weather", {"city": "Paris"})
ADD = ("add", {"a": '}</tool_call>" [TOOL_CALLS]{', "b": [1, {"c": -2000.0}]})
REPLIES: list[tuple[CallFormat, str, Read]] = [
    (HERMES, "", ("", [])),
    (HERMES, " \n", (" \n", [])),
    (HERMES, "Plain <b>text</b> < \n and\n", ("Plain <b>text</b> < \n and\n", [])),
    (HERMES, P, ("", [WEATHER])),
    (HERMES, f"\n{H}\n", ("", [ADD])),
    (HERMES, f"I look.\n{P}\n{H}\n\n", ("I look.", [WEATHER, ADD])),
    (HERMES, f"{P} It is\nso. ", ("It is\nso. ", [WEATHER])),
    (HERMES, P.replace("\n", ""), ("", [WEATHER])),
    (HERMES, P.removesuffix("_call>"), ("", [WEATHER])),  # a reply that ends early
    (HERMES, P.replace("arguments", "parameters"), ("", [WEATHER])),
    (HERMES, "<tool_call>\n" + PARIS[:-1], ("<tool_call>\n" + PARIS[:-1], [])),
    (HERMES, "a <tool_call> b", ("a <tool_call> b", [])),
    (HERMES, f"a <tool_call>{{'b'}} {P}", ("a <tool_call>{'b'}", [WEATHER])),
    (HERMES, "<tool_call>" + P, ("<tool_call>", [WEATHER])),
    (HERMES, P.replace("weather", "other"), (P.replace("weather", "other"), [])),
    (HERMES, P.replace('"weather"', "[]"), (P.replace('"weather"', "[]"), [])),
    (HERMES, P.replace('{"city": "Paris"}', "3"), (P.replace('{"city": "Paris"}', "3"), [])),
    (HERMES, P.replace("</tool", ", </tool"), (P.replace("</tool", ", </tool"), [])),
    (HERMES, PARIS, (PARIS, [])),
    (MISTRAL, f"[TOOL_CALLS][{PARIS}]", ("", [WEATHER])),
    (MISTRAL, f"Well. [TOOL_CALLS] [{PARIS}, {HARD}]\n", ("Well.", [WEATHER, ADD])),
    (MISTRAL, f"[TOOL_CALLS] {PARIS}", (f"[TOOL_CALLS] {PARIS}", [])),
    (MISTRAL, f"[TOOL_CALLS] [{PARIS}, 3]", (f"[TOOL_CALLS] [{PARIS}, 3]", [])),
    (MISTRAL, "[TOOL_CALLS] []", ("[TOOL_CALLS] []", [])),
    (MISTRAL, "[TOOL][1, 2]", ("[TOOL][1, 2]", [])),
    (LLAMA, PARIS.replace("arguments", "parameters"), ("", [WEATHER])),
    (LLAMA, f"\n {HARD}", ("", [ADD])),
    (LLAMA, f"{PARIS}; {HARD}", ("", [WEATHER])),  # one in a reply
    (LLAMA, f"So: {PARIS}", (f"So: {PARIS}", [])),
    (LLAMA, '{"name": "Ann", "age": 3}\n', ('{"name": "Ann", "age": 3}\n', [])),
    (LLAMA, '{"name": "weather', ('{"name": "weather', [])),
]


@pytest.mark.parametrize(("call_format", "reply", "expected"), REPLIES)
def test_calls_are_found_wherever_the_text_is_parted(
    call_format: CallFormat, reply: str, expected: Read
) -> None:
    assert read(call_format, reply) == expected
    assert read(call_format, *reply) == expected
    for at in range(len(reply)):
        assert read(call_format, reply[:at], reply[at:]) == expected


PIECES = st.sampled_from([*"<tolca_>{}[]\" \n'", "<tool_call>", "</tool_call>", P, H, PARIS])


@given(st.lists(PIECES, max_size=12), st.sampled_from([HERMES, MISTRAL, LLAMA]))
def test_parting_changes_nothing_and_no_word_is_lost(pieces: list[str], way: CallFormat) -> None:
    whole = "".join(pieces)
    text, calls = read(way, whole)
    assert read(way, *pieces) == (text, calls)
    assert read(way, *whole) == (text, calls)
    if not calls:
        assert text == whole
    elif way is HERMES:
        left = whole
        for name, _ in calls:
            left = left.replace(P if name == "weather" else H, "", 1)
        assert "".join(text.split()) == "".join(left.split())


def test_only_what_may_become_a_call_is_held_back() -> None:
    recognizer = Recognizer(HERMES, NAMES, many=True)
    seen = [recognizer.add(piece)[0] for piece in ["Hi ", "there<", "b>", " <tool", "s>", P[:40]]]
    assert seen == ["Hi", " there", "<b>", "", " <tools>", ""]
    bare = Recognizer(LLAMA, NAMES, many=True)
    assert [bare.add(piece)[0] for piece in ["So", " {", '"name']] == ["So", " {", '"name']


def test_after_the_one_call_that_is_wanted_nothing_more_is() -> None:
    assert read(HERMES, f"{P}\n{H} text", many=False) == ("", [WEATHER])
    assert read(MISTRAL, f"[TOOL_CALLS][{PARIS}, {HARD}]", many=False) == ("", [WEATHER])
    recognizer = Recognizer(HERMES, NAMES, many=False)
    recognizer.add(P[:-1])
    assert not recognizer.full
    recognizer.add(P[-1])
    assert recognizer.full


# The parts of real templates that tell how a call is written.
LLAMA_PART = (
    "{%- if custom_tools is defined %}{%- set tools = custom_tools %}{%- endif %}"
    "{%- if not tools is defined %}{%- set tools = none %}{%- endif %}"
    '{{- \'Respond in the format {"name": function name, "parameters": dictionary of argument '
    "name and its value}.' }}"
)
MISTRAL_PART = (
    '{%- for tool in tools %}{{- tool }}{% endfor %}{{- "[TOOL_CALLS] [" }}'
    "{%- generation %}{{ message.content }}{%- endgeneration %}"
)
CODER_PART = (
    '{{- tools }}{{- "<tool_call>\\n<function=example>\\n<parameter=x>\\n1\\n</parameter>\\n'
    '</function>\\n</tool_call>" }}'
)


@pytest.mark.parametrize(
    ("template", "tools", "call_format"),
    [
        (HERMES_TEMPLATE, True, HERMES),
        (LLAMA_PART, True, LLAMA),
        (LLAMA_PART.replace('"', '\\"').replace("'", '"'), True, LLAMA),
        (MISTRAL_PART, True, MISTRAL),
        (MISTRAL_PART + '{{- "[ARGS]" }}', True, None),
        (CODER_PART, True, None),
        ("{{ tools }}", True, None),
        ("{{ builtin_tools }} tools", False, None),
        (LLAMA2_TEMPLATE, False, None),
        ("{% what is this %}{{ tools }}", False, None),
        ("", False, None),
    ],
)
def test_a_template_tells_whether_and_how(
    template: str, tools: bool, call_format: CallFormat | None
) -> None:
    assert reads_tools(template) == tools
    assert format_of(template) is call_format
