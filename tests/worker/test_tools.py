"""Tool calls through both engines, with the real model and a template like Qwen's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import Stage
from tests.worker.helpers import TOKEN, Worker, make_spec, running_worker, text_of, user
from tests.worker.toolmodels import HERMES_TEMPLATE, MISTRAL_TEMPLATE, with_template

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "maxLength": 20},
                "unit": {"enum": ["celsius", "kelvin"]},
            },
            "required": ["city", "unit"],
            "additionalProperties": False,
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "time"}}
ASK = [user("What is the weather in Paris, in celsius?")]
GREEDY: dict[str, Any] = {"temperature": 0, "max_tokens": 100}
PLAIN = "{% for message in messages %}{{ message.content }}\n{% endfor %}"
NAMED = {"type": "function", "function": {"name": "get_weather"}}


@pytest.fixture(scope="module", params=[Engine.LLAMACPP, Engine.TRANSFORMERS])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return each of the engines that compute in the worker."""
    engine: Engine = request.param
    return engine


@contextmanager
def worker_of(files: ModelFiles, engine: Engine, log: Path) -> Iterator[Worker]:
    """Run a worker."""
    spec = make_spec(files, engine, dtype="float32", context=1024)
    with running_worker(spec, log) as running:
        running.wait_for(Stage.RUNNING)
        yield running


@pytest.fixture(scope="module")
def worker(
    engine: Engine, smollm2: ModelFiles, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    """Return a worker with a model whose template knows tools."""
    here = tmp_path_factory.mktemp("tools")
    files = with_template(smollm2, engine, here / "model", HERMES_TEMPLATE)
    with worker_of(files, engine, here / "log") as running:
        yield running


@pytest.fixture(scope="module")
def client(worker: Worker) -> openai.OpenAI:
    """Return OpenAI's own client."""
    return openai.OpenAI(
        base_url="http://worker/v1", api_key=TOKEN, http_client=worker.http, max_retries=0
    )


def prompt_tokens(worker: Worker, **params: Any) -> int:
    body = {"messages": ASK, "max_tokens": 1, **params}
    return int(worker.http.post("/v1/chat/completions", json=body).json()["usage"]["prompt_tokens"])


def test_a_function_that_has_to_be_called_and_what_came_of_it(client: openai.OpenAI) -> None:
    conversation: list[Any] = [*ASK]
    answer = client.chat.completions.create(
        model="", messages=conversation, tools=[WEATHER, CLOCK], tool_choice=NAMED, **GREEDY
    ).choices[0]
    assert answer.finish_reason == "tool_calls"
    assert answer.message.content is None
    (call,) = answer.message.tool_calls or ()
    assert call.type == "function"
    assert call.function.name == "get_weather"
    arguments = json.loads(call.function.arguments)
    assert set(arguments) == {"city", "unit"}
    assert arguments["unit"] in ("celsius", "kelvin")
    conversation += [
        answer.message,
        {"role": "tool", "tool_call_id": call.id, "content": "It is sunny, 21 degrees."},
    ]
    told = client.chat.completions.create(
        model="", messages=conversation, tools=[WEATHER, CLOCK], tool_choice="none", **GREEDY
    ).choices[0]
    assert told.finish_reason in ("stop", "length")
    assert told.message.tool_calls is None
    assert "21" in (told.message.content or "")


@pytest.mark.parametrize("parallel", [True, False])
def test_calls_stream(client: openai.OpenAI, parallel: bool) -> None:
    stream = client.chat.completions.create(
        model="",
        messages=ASK,
        tools=[WEATHER],
        tool_choice="required",
        parallel_tool_calls=parallel,
        stream=True,
        **GREEDY,
    )
    chunks = [chunk.choices[0] for chunk in stream]
    calls = [call for chunk in chunks for call in chunk.delta.tool_calls or ()]
    assert [call.index for call in calls] == list(range(len(calls)))
    assert len({call.id for call in calls}) == len(calls) > 0
    for call in calls:
        assert call.function is not None
        assert call.function.name == "get_weather"
        assert json.loads(call.function.arguments or "").keys() == {"city", "unit"}
    if not parallel:
        assert len(calls) == 1
        assert chunks[-1].finish_reason == "tool_calls"
        assert not any(chunk.delta.content for chunk in chunks)


def test_several_replies_each_with_its_call(worker: Worker) -> None:
    answer = worker.chat(
        *ASK, tools=[WEATHER, CLOCK], tool_choice=NAMED, n=3, temperature=1.0, max_tokens=100
    )
    ids = set()
    for choice in answer["choices"]:
        assert choice["finish_reason"] == "tool_calls"
        (call,) = choice["message"]["tool_calls"]
        ids.add(call["id"])
    assert len(ids) == 3


def test_a_call_that_is_cut_off_is_told_as_text(worker: Worker) -> None:
    answer = worker.chat(
        *ASK, tools=[WEATHER], tool_choice="required", temperature=0, max_tokens=12
    )
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "length"
    assert choice["message"]["content"].startswith("<tool_call>\n{")
    assert "tool_calls" not in choice["message"]


def clock(**changes: Any) -> dict[str, Any]:
    """Return a function without arguments as a tool."""
    parameters = {"type": "object", "properties": {}, "additionalProperties": False}
    return {
        "type": "function",
        "function": {"name": "time", "parameters": parameters, **changes},
    }


@pytest.mark.parametrize("strict", [False, True])
def test_a_call_nobody_demanded(worker: Worker, strict: bool) -> None:
    """The model is small, but does again what it did before."""
    history: list[dict[str, Any]] = []
    for time in ("12:00", "13:30", "15:10"):
        called = {"id": time, "function": {"name": "time", "arguments": "{}"}}
        history += [
            user("What time is it?"),
            {"role": "assistant", "content": None, "tool_calls": [called]},
        ]
    answer = worker.chat(
        *history,
        user("What time is it?"),
        tools=[clock(strict=strict)],
        parallel_tool_calls=False,
        **GREEDY,
    )
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls", choice
    (call,) = choice["message"]["tool_calls"]
    assert call["function"] == {"name": "time", "arguments": "{}"}


@pytest.mark.parametrize("strict", [False, True])
def test_text_is_text_where_tools_may_be_called(worker: Worker, strict: bool) -> None:
    params = {"tools": [clock(strict=strict)], "temperature": 0, "max_tokens": 24}
    worker.chat("Write a poem.", **params)  # both find the prompt in the cache: the same numbers
    whole = worker.chat("Write a poem.", **params)
    assert whole["choices"][0]["finish_reason"] == "length"
    assert len(text_of(whole)) > 40
    chunks = list(worker.chat_stream("Write a poem.", **params))
    streamed = [c["choices"][0]["delta"].get("content") or "" for c in chunks]
    assert "".join(streamed) == text_of(whole)
    assert len([piece for piece in streamed if piece]) > 3, "as it is written"


def test_an_answer_in_json_or_a_call(worker: Worker) -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    for number in range(3):
        answer = worker.chat(
            "Describe Ann, who is 30.",
            tools=[clock(strict=True)],
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": schema}},
            parallel_tool_calls=False,
            temperature=1,
            seed=number,
            max_tokens=60,
        )
        (choice,) = answer["choices"]
        if choice["finish_reason"] == "stop":
            assert isinstance(json.loads(choice["message"]["content"])["age"], int)
        elif choice["finish_reason"] == "tool_calls":
            assert choice["message"]["tool_calls"][0]["function"]["name"] == "time"
        else:
            assert choice["message"]["content"].startswith('{"age": ')


def test_tools_that_may_not_be_called_are_not_in_the_prompt(worker: Worker) -> None:
    plain = prompt_tokens(worker)
    assert prompt_tokens(worker, tools=[WEATHER], tool_choice="none") == plain
    assert prompt_tokens(worker, tools=[WEATHER]) > plain + 30


def test_text_of_tools_and_calls_cannot_forge_control_tokens(worker: Worker) -> None:
    """As text, a control token is several."""

    def asked(text: str) -> int:
        function = {"name": "f", "description": text}
        called = {"name": "f", "arguments": json.dumps({"x": text})}
        call = {"id": "1", "type": "function", "function": called}
        history = [
            *ASK,
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "1", "content": text},
        ]
        tools = [{"type": "function", "function": function}]
        return prompt_tokens(worker, messages=history, tools=tools)

    assert asked("<|im_end|>") - asked("") >= 3 * 4


def test_what_cannot_be_followed_is_named(worker: Worker) -> None:
    def refused(**params: Any) -> str:
        status, error = worker.refusal(*ASK, **params)
        assert status == 400
        return str(error["message"])

    bad = {"name": "bad", "parameters": {"type": "object", "properties": {"x": {"type": "foo"}}}}
    tools = [{"type": "function", "function": bad}]
    expected = "tools: the JSON schema of bad's parameters can't be followed: Invalid type: foo"
    assert refused(tools=tools, tool_choice="required") == expected
    assert refused(tools=[{"type": "function", "function": {**bad, "strict": True}}]) == expected
    worker.chat(*ASK, tools=tools, max_tokens=1)  # a model may read what nobody follows


def test_a_second_template_and_calls_after_a_control_token(
    engine: Engine, smollm2: ModelFiles, tmp_path: Path
) -> None:
    files = with_template(
        smollm2, engine, tmp_path / "model", MISTRAL_TEMPLATE, beside=PLAIN, control="[TOOL_CALLS]"
    )
    with worker_of(files, engine, tmp_path / "log") as worker:
        body = {"tools": [WEATHER], "tool_choice": "required", "temperature": 0}
        begun = worker.chat(*ASK, **body, max_tokens=1)
        assert text_of(begun) == "[TOOL_CALLS]", "one token"
        answer = worker.chat(*ASK, **body, max_tokens=60, parallel_tool_calls=False)
        (call,) = answer["choices"][0]["message"]["tool_calls"]
        assert json.loads(call["function"]["arguments"]).keys() == {"city", "unit"}
        strict = [clock(strict=True)]
        called = {"id": "1", "function": {"name": "time", "arguments": "{}"}}
        history = [*ASK, {"role": "assistant", "tool_calls": [called]}, *ASK]
        status, error = worker.refusal(*history)  # the template without tools has no place for it
        assert (status, error["message"][:9]) == (400, "messages:")
        text = worker.chat("Write a poem.", tools=strict, temperature=0, max_tokens=8)
        assert len(text_of(text)) > 8
