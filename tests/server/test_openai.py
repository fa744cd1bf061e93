"""The unmodified `openai` client through the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest

from tests.support import Server, wait_until

QUESTION: Any = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="module")
def job(server: Server) -> Iterator[dict[str, Any]]:
    """Return a running job that the tests share."""
    running = server.run(name="door")
    yield running
    server.ask("POST", f"jobs/{running['id']}/cancel")


@pytest.fixture(scope="module")
def client(server: Server, job: dict[str, Any]) -> openai.OpenAI:
    """Return OpenAI's own client."""
    return openai.OpenAI(base_url=f"{server.url}jupyter-sw/v1", api_key=server.token, max_retries=0)


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["door"]


@pytest.mark.parametrize("key", ["id", "name", "model_name", "model"])
def test_a_job_goes_by_all_its_names(client: openai.OpenAI, job: dict[str, Any], key: str) -> None:
    answer = client.chat.completions.create(
        model=job[key], messages=QUESTION, temperature=0, max_tokens=16
    )
    assert "Paris" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_chat_streams(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model="door",
        messages=QUESTION,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "Paris" in text
    assert sum(bool(c.choices and c.choices[0].delta.content) for c in chunks) > 1
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage is not None


def test_completions(client: openai.OpenAI) -> None:
    answer = client.completions.create(
        model="door", prompt="The capital of France is", max_tokens=5, temperature=0
    )
    assert "Paris" in answer.choices[0].text


def test_a_job_tells_the_averages_of_its_replies_and_what_its_cache_holds(
    server: Server, client: openai.OpenAI, job: dict[str, Any]
) -> None:
    def ended() -> dict[str, Any] | None:
        metrics = dict(server.job(job["id"])["metrics"])
        return None if metrics["running"] else metrics

    before = wait_until(ended, 10, "the job is at rest")["averages"]["replies"]
    text = client.completions.create(
        model="door", prompt="1, 2, 3, 4, 5, 6,", temperature=0, max_tokens=300, stream=True
    )
    next(iter(text))

    def told() -> dict[str, Any] | None:
        metrics = dict(server.job(job["id"])["metrics"])
        return metrics if metrics["running"] else None

    kv = wait_until(told, 10, "it is seen running")["kv"]
    assert 0 < kv["tokens"] <= 400
    assert kv["capacity"] >= job["context"]
    for _ in text:
        pass

    metrics = wait_until(ended, 10, "it is seen to have ended")
    averages = metrics["averages"]
    assert averages["replies"] > before
    assert 0 < averages["first_token"] < 10
    assert averages["tokens_per_second"] == pytest.approx(1 / averages["per_token"], rel=0.05)
    assert 0 <= averages["reused"] < 1
    assert metrics["kv"]["tokens"] == 0  # nothing is being written


def test_breaking_off_the_stream_stops_generation(
    server: Server, client: openai.OpenAI, job: dict[str, Any]
) -> None:
    # A text that goes on and on, the same every time.
    stream = client.completions.create(
        model="door", prompt="1, 2, 3, 4, 5, 6,", temperature=0, max_tokens=4000, stream=True
    )
    next(iter(stream))
    wait_until(lambda: server.job(job["id"])["metrics"]["running"] == 1, 10, "it is seen running")
    stream.close()
    wait_until(lambda: server.job(job["id"])["metrics"]["running"] == 0, 5, "it stops")
    done = server.job(job["id"])
    assert done["idle_since"] is not None
    assert done["metrics"]["completion_tokens"] < 3000


@pytest.mark.parametrize(
    ("request_body", "kind", "says"),
    [
        ({"model": "nosuch"}, openai.NotFoundError, "nosuch"),
        ({"model": "door", "temperature": 9}, openai.BadRequestError, "temperature"),
        ({"model": "door", "n": 0}, openai.BadRequestError, "n"),
        ({"model": "door", "top_logprobs": 2}, openai.BadRequestError, "logprobs"),
        ({"model": "door", "tools": [{"type": "function"}]}, openai.BadRequestError, "tools"),
    ],
)
def test_errors_are_openais(
    client: openai.OpenAI, request_body: dict[str, Any], kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind, match=says):
        client.chat.completions.create(messages=QUESTION, **request_body)


def test_a_wrong_key_is_refused(server: Server) -> None:
    stranger = openai.OpenAI(base_url=f"{server.url}jupyter-sw/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.PermissionDeniedError):
        stranger.models.list()
