"""``{expression}`` in prompts."""

from __future__ import annotations

import pytest

from jupyter_sw.errors import BadRequest
from jupyter_sw.magics.interpolation import interpolate, split
from jupyter_sw.magics.questions import quote_question_marks

NAMES = {"x": 3, "d": {"a}b": "}"}, "words": ["é", "b"]}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("{x}{x + 1} and { x }", "34 and 3"),
        ("{{x}} {{}}", "{x} {}"),
        ("{d['a}b']}", "}"),
        ("{ {'k': x}['k'] }", "3"),
        ("{', '.join(words)}", "é, b"),
        ("a } alone", "a } alone"),
        ("{[y for y in range(x)]}", "[0, 1, 2]"),
    ],
)
def test_values(text: str, result: str) -> None:
    assert interpolate(text, NAMES) == result


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{y}", "{y} failed: NameError"),
        ("{1 / 0}", "{1 / 0} failed: ZeroDivisionError"),
        ("{not an expression}", "{not an expression} is not a Python expression"),
        ("{}", "{} is not a Python expression"),
        ("open {x", "{x is not a Python expression"),
        ("{x = 4}", "{x = 4} is not a Python expression"),
    ],
)
def test_errors_name_the_expression(text: str, said: str) -> None:
    with pytest.raises(BadRequest) as caught:
        interpolate(text, NAMES)
    assert said in caught.value.message
    assert "{{" in caught.value.hint


def test_names_stay_as_they_were() -> None:
    names = dict(NAMES)
    interpolate("{[x := 5]}", dict(names))
    assert names == NAMES


def test_a_value_stays_within_its_word() -> None:
    names = {"text": 'two words\' "quotes"', "n": 3}
    words = split('ask --seed {n * 2} --system={text} "{n} is {text}" {{}}', names)
    assert words == [
        "ask", "--seed", "6", f"--system={names['text']}", f"3 is {names['text']}", "{}",
    ]  # fmt: skip
    with pytest.raises(BadRequest, match="No closing quotation"):
        split("ask What's up", {})


def test_a_question_may_end_in_a_question_mark() -> None:
    assert quote_question_marks(["%sw ask Who?\n", "r = %sw ask Why??"]) == [
        '%sw ask Who"?"\n',
        'r = %sw ask Why"??"',
    ]
    for line in ("%sw?", "%sw ask 'Who?'", "ask?", "x = 1"):
        assert quote_question_marks([line]) == [line]
    assert quote_question_marks(["%%sw\n", "%sw ask Who?"])[1] == "%sw ask Who?"
