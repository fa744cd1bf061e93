"""One table of what a request can ask, run against every engine: seen in what comes out."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import Any

import pytest

from tests.support import wait_until
from tests.worker.helpers import Worker, at_once, pieces, text_of, user

FRANCE = "The capital of France is"
LISTING = "Apples, apples, apples, apples, apples,"
PERSON = {
    "type": "object",
    # A bound, since a small model at temperature 1 now and then writes digits without an end.
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 150},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON}}


@pytest.fixture(scope="module", params=["llamacpp", "transformers"])
def worker(request: pytest.FixtureRequest) -> Worker:
    fixture: Worker = request.getfixturevalue(request.param)
    return fixture


def said(worker: Worker, prompt: str = FRANCE, **params: Any) -> str:
    return text_of(worker.complete(prompt, **{"temperature": 0, "max_tokens": 8, **params}))


def first_token(worker: Worker, prompt: str = FRANCE) -> int:
    """Return the id of the token the model wants most: the one whose ban is seen."""
    plain = said(worker, prompt, max_tokens=1)

    def changed(tokens: range) -> bool:
        bias = {str(token): -100 for token in tokens}
        return said(worker, prompt, max_tokens=1, logit_bias=bias) != plain

    found = range(7000, 7128)  # where " Paris" lies
    assert changed(found), "no token in the range changes the answer"
    while len(found) > 1:
        half = len(found) // 2
        found = found[:half] if changed(found[:half]) else found[half:]
    return found[0]


@pytest.mark.parametrize(
    ("prompt", "params", "differs"),
    [
        (FRANCE, {"temperature": 2.0, "top_k": 1}, False),
        (FRANCE, {"temperature": 2.0, "top_p": 1e-6, "top_k": 0}, False),
        (FRANCE, {"temperature": 2.0, "min_p": 1.0, "top_p": 1.0, "top_k": 0}, False),
        (FRANCE, {"temperature": 2.0, "top_p": 1.0, "top_k": 0, "seed": 5}, True),
        (LISTING, {"repetition_penalty": 1.0}, False),
        (LISTING, {"repetition_penalty": 5.0}, True),
        (LISTING, {"frequency_penalty": 2.0, "max_tokens": 30}, True),
        (LISTING, {"presence_penalty": 2.0, "max_tokens": 30}, True),
        (LISTING, {"frequency_penalty": 0, "presence_penalty": 0}, False),
        (FRANCE, {"logit_bias": {}}, False),
        (FRANCE, {"logit_bias": {"7042": -100}}, True),
        (FRANCE, {"logit_bias": {"216": 100}}, True),
        (FRANCE, {"stop": ["aris"]}, True),
        (FRANCE, {"stop": "never said"}, False),
        (FRANCE, {"response_format": {"type": "text"}}, False),
        (FRANCE, {"n": 1, "logprobs": 1, "user": "me", "metadata": {"a": 1}}, False),
    ],
    ids=lambda value: json.dumps(value)[:60] if isinstance(value, dict) else None,
)
def test_a_parameter_does_what_it_says(
    worker: Worker, prompt: str, params: dict[str, Any], *, differs: bool
) -> None:
    plain = said(worker, prompt, max_tokens=params.get("max_tokens", 8))
    assert (said(worker, prompt, **params) != plain) == differs


def test_a_token_is_banned_or_forced(worker: Worker) -> None:
    token = first_token(worker)
    assert "Paris" not in said(worker, logit_bias={str(token): -100})
    forced = said(worker, "One two three", logit_bias={str(token): 100}, max_tokens=3)
    assert forced == " Paris" * 3


def test_one_seed_gives_one_answer_and_n_gives_n(worker: Worker) -> None:
    params = {"temperature": 1.5, "seed": 11, "max_tokens": 12}
    answer = worker.complete(FRANCE, n=3, **params)
    texts = [choice["text"] for choice in answer["choices"]]
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert len(set(texts)) == 3
    assert answer["usage"]["completion_tokens"] <= 36
    assert answer["usage"]["prompt_tokens"] < 10  # the prompt counts once
    assert said(worker, **params) == said(worker, **params)


def test_more_replies_than_slots_and_they_stream(worker: Worker) -> None:
    many = worker.spec.slots + 3
    body = {"messages": [user("Say hi.")], "n": many, "max_tokens": 4, "temperature": 1.2}
    texts = [""] * many
    ends = [""] * many
    for chunk in worker.stream("/v1/chat/completions", body):
        for choice in chunk["choices"]:
            texts[choice["index"]] += choice["delta"].get("content", "")
            ends[choice["index"]] += choice["finish_reason"] or ""
    assert all(texts)
    assert set(ends) <= {"stop", "length"}
    wait_until(worker.idle, 5, "all places are free again")


def test_probabilities_of_tokens(worker: Worker) -> None:
    answer = worker.chat(
        "What is the capital of France?", temperature=0, max_tokens=6, logprobs=True, top_logprobs=3
    )
    content = answer["choices"][0]["logprobs"]["content"]
    assert len(content) == answer["usage"]["completion_tokens"]
    told = b"".join(bytes(token["bytes"]) for token in content).decode()
    assert told.strip() == text_of(answer).strip()
    for token in content:
        first, *others = token["top_logprobs"]
        assert len(others) == 2
        assert first["token"] == token["token"]  # greedy takes the likeliest
        assert token["logprob"] == pytest.approx(first["logprob"])
        assert all(other["logprob"] <= first["logprob"] <= 0 for other in others)
        assert sum(math.exp(one["logprob"]) for one in token["top_logprobs"]) <= 1.001


def test_probabilities_are_the_models_own(worker: Worker) -> None:
    plain = worker.complete(FRANCE, temperature=0, max_tokens=1, logprobs=2)
    token = first_token(worker)
    banned = worker.complete(
        FRANCE, temperature=0, max_tokens=1, logprobs=2, logit_bias={str(token): -100}
    )
    before, after = (answer["choices"][0]["logprobs"] for answer in (plain, banned))
    assert before["tokens"] == [" Paris"]
    assert before["text_offset"] == [0]
    assert len(before["top_logprobs"][0]) == 2
    # What was banned is as likely to the model as it was.
    assert after["top_logprobs"][0][" Paris"] == pytest.approx(before["token_logprobs"][0], abs=0.1)
    assert after["token_logprobs"][0] < before["token_logprobs"][0]


def test_streamed_probabilities_are_those_of_the_whole(worker: Worker) -> None:
    params = {"temperature": 0, "max_tokens": 6, "logprobs": True, "top_logprobs": 1}
    whole = worker.chat("Name a colour.", **params)["choices"][0]["logprobs"]["content"]
    streamed = []
    for chunk in worker.chat_stream("Name a colour.", **params):
        for choice in chunk["choices"]:
            streamed += (choice.get("logprobs") or {}).get("content", [])
    assert [token["token"] for token in streamed] == [token["token"] for token in whole]


@pytest.mark.parametrize("temperature", [0, 1.0])
def test_a_reply_follows_its_schema(worker: Worker, temperature: float) -> None:
    calls = [
        partial(
            worker.chat,
            f"Describe person number {number} as JSON.",
            response_format=FORMAT,
            temperature=temperature,
            seed=number,
            max_tokens=60,
        )
        for number in range(3)
    ]
    neighbour = partial(worker.chat, "Say hello.", temperature=0, max_tokens=10)
    *answers, free = at_once([*calls, neighbour])
    for answer in answers:
        assert answer["choices"][0]["finish_reason"] == "stop", text_of(answer)
        person = json.loads(text_of(answer))
        assert set(person) == {"name", "age"}
        assert isinstance(person["age"], int)
    assert not text_of(free).startswith("{")


def test_json_objects_and_streaming(worker: Worker) -> None:
    chunks = list(
        worker.chat_stream(
            "Give me JSON with one key.",
            response_format={"type": "json_object"},
            temperature=0,
            max_tokens=200,
        )
    )
    text = "".join(pieces(chunks))
    assert text.startswith("{")
    if chunks[-1]["choices"][0]["finish_reason"] == "stop":
        assert isinstance(json.loads(text), dict)


def test_every_reply_is_measured(worker: Worker) -> None:
    prompt = "Count the following words: " + "blue " * 100
    worker.complete(prompt, temperature=0, max_tokens=4)
    answer = worker.complete(prompt, temperature=0, max_tokens=4)
    timings, usage = answer["timings"], answer["usage"]
    assert timings["prompt_tokens"] == usage["prompt_tokens"]
    assert timings["completion_tokens"] == usage["completion_tokens"] == 4
    assert timings["reused_tokens"] == usage["prompt_tokens_details"]["cached_tokens"] >= 64
    assert timings["first_token"] == pytest.approx(timings["queue"] + timings["prefill"], abs=0.001)
    assert timings["per_token"] == pytest.approx(1 / timings["tokens_per_second"], rel=0.01)


HELLO = [user("Hello")]
TOOLS = [{"type": "function", "function": {"name": "f"}}]
CALL: dict[str, Any] = {"id": "1", "function": {"name": "f", "arguments": "{}"}}
BAD_CALL = {"name": "f", "arguments": "{x}"}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"temperature": -1}, "temperature"),
    ({"top_p": 0}, "top_p"),
    ({"top_k": -1}, "top_k"),
    ({"min_p": 1.5}, "min_p"),
    ({"repetition_penalty": 0}, "repetition_penalty"),
    ({"frequency_penalty": 3}, "frequency_penalty"),
    ({"presence_penalty": -3}, "presence_penalty"),
    ({"seed": "x"}, "seed"),
    ({"stop": ""}, "stop"),
    ({"logit_bias": {"1": 101}}, "logit_bias"),
    ({"logit_bias": {"word": 1}}, "logit_bias"),
    ({"logit_bias": {"9999999": 1}}, "logit_bias: there is no token 9999999"),
    ({"top_logprobs": 3}, "top_logprobs needs logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"n": 0}, "n"),
    ({"n": 33}, "n"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_completion_tokens": 0}, "max_completion_tokens"),
    ({"response_format": {"type": "yaml"}}, "response_format"),
    ({"response_format": {"type": "json_schema"}}, "json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "foo"}}}},
        "response_format: the JSON schema can't be followed: Invalid type: foo",
    ),
    (
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"schema": {"$ref": "http://localhost/schema"}},
            }
        },
        "response_format: the JSON schema can't be followed",
    ),
    ({"tools": TOOLS}, "tools: the chat format of smollm2-135m-chat has no place for tools"),
    ({"tools": TOOLS, "tool_choice": "required"}, "tools: the chat format of"),
    (
        {"messages": [*HELLO, CALLING, {"role": "tool", "tool_call_id": "1", "content": "21"}]},
        "messages: the chat format of smollm2-135m-chat has no place for tools",
    ),
    ({"tools": [{"type": "web_search"}]}, "tools.0.type"),
    ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools.0.function.name"),
    (
        {
            "tools": [
                {"type": "function", "function": {"name": "f", "parameters": {"type": "array"}}}
            ]
        },
        'tools.0.function.parameters: Value error, the schema of the arguments must have "type"',
    ),
    ({"tools": TOOLS * 2}, "tools: two functions are called f"),
    ({"tool_choice": "required"}, "tool_choice: there are no tools to choose from"),
    ({"tool_choice": "maybe"}, "tool_choice"),
    (
        {"tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "g"}}},
        "tool_choice: g is not among the tools",
    ),
    ({"messages": [*HELLO, {"role": "assistant", "content": None}, *HELLO]}, "content is required"),
    (
        {"messages": [*HELLO, {"role": "tool", "tool_call_id": "1", "content": "21"}]},
        "messages.1: no assistant message before it has the tool call 1",
    ),
    (
        {"messages": [{**CALLING, "tool_calls": [{**CALL, "function": BAD_CALL}]}, *HELLO]},
        "must be a JSON object, as text",
    ),
    ({"messages": [{"role": "function", "content": "21"}]}, "messages.0"),
    ({"best_of": 2}, "best_of"),
    ({"dry_multiplier": 2}, "dry_multiplier"),
]


@pytest.mark.parametrize(("params", "names"), WRONG, ids=lambda value: json.dumps(value)[:50])
def test_the_same_mistake_gets_the_same_answer(
    llamacpp: Worker, transformers: Worker, params: dict[str, Any], names: str
) -> None:
    one = llamacpp.http.post("/v1/chat/completions", json={"messages": HELLO, **params})
    other = transformers.http.post("/v1/chat/completions", json={"messages": HELLO, **params})
    assert one.status_code == other.status_code == 400
    told = one.json()["error"]
    assert names in told["message"]
    assert told["type"] == "invalid_request_error"
    if "9999999" in names:  # the engines count a vocabulary's padding differently
        assert names in other.json()["error"]["message"]
    else:
        assert told == other.json()["error"]
