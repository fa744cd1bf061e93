"""A job through the Python API, on the real model."""

from __future__ import annotations

import pickle

import pytest

from jupyter_sw.client import running
from jupyter_sw.client.api import Client
from jupyter_sw.client.connection import Server as Address
from jupyter_sw.client.job import Job
from jupyter_sw.errors import BadRequest, Forbidden, JobEnded, NotFound, WrongState
from jupyter_sw.schemas.jobs import JobState
from tests.support import MODEL, Server, wait_until

QUESTION = "What is the capital of France?"


def test_a_job_runs_and_says_how_it_got_there(client: Client) -> None:
    states: list[JobState] = []
    job = running.submit(client, None, release="5m", comment="by a test")
    job.wait(on_news=lambda news: states.append(news.job.state))
    assert job.info.model_name == MODEL, "the default model"
    assert states[-1] is JobState.RUNNING
    assert states == sorted(states, key=list(JobState).index), "never backwards"
    assert (job.info.release_after, job.info.comment) == (300, "by a test")
    pid = job.info.pid
    assert job.cancel().state is JobState.CANCELLED
    assert pid is not None
    with pytest.raises(WrongState):
        job.cancel()
    with pytest.raises(WrongState, match="has ended"):
        job.extend("5m")
    with pytest.raises(JobEnded, match="was cancelled"):
        job.wait()


def test_what_is_not_there_is_named(client: Client) -> None:
    with pytest.raises(NotFound, match="llama9"):
        running.submit(client, "llama9")
    with pytest.raises(NotFound, match="nobody"):
        running.find(client, "nobody")
    with pytest.raises(BadRequest, match=r"weights\.gguf"):
        running.submit(client, "./weights.gguf")
    with pytest.raises(BadRequest, match="dtype"):
        running.submit(client, MODEL, dtype="int3")


def test_a_wrong_token_is_refused_with_a_hint(server: Server) -> None:
    stranger = Client(Address(url=server.url, token="wrong", origin="environment"))
    with pytest.raises(Forbidden) as caught:
        stranger.jobs()
    assert "JUPYTER_SW_TOKEN" in caught.value.hint
    assert "wrong" not in str(caught.value)


def test_the_only_job_needs_no_name(client: Client, job: Job) -> None:
    assert running.find(client, None).id == job.id
    assert running.find(client, job.id[:5]).id == job.id
    assert running.find(client, job.info.name).id == job.id


def test_a_question_and_what_it_cost(job: Job) -> None:
    reply = job.ask(QUESTION, temperature=0, max_tokens=30)
    assert "Paris" in reply
    assert reply.usage is not None
    assert 3 < reply.usage.completion_tokens <= 30
    assert reply.timings is not None
    assert MODEL in reply.footer
    assert "tok/s" in reply.footer
    assert type(pickle.loads(pickle.dumps(reply))) is str


def test_a_streamed_reply_comes_in_pieces(job: Job) -> None:
    stream = job.ask("Write a very long story.", stream=True, temperature=0, max_tokens=30)
    pieces = list(stream)
    assert len(pieces) > 5
    assert "".join(pieces) == stream.reply
    assert stream.reply.finish_reason == "length"
    assert "cut at the token limit" in stream.reply.footer


def test_breaking_off_stops_the_model(job: Job) -> None:
    for _ in job.ask("Write a very long story.", stream=True, seed=1, max_tokens=4000):
        break
    wait_until(lambda: job.refresh().info.metrics.running == 0, 20, "the model has stopped")


def test_settings_that_are_none_are_refused_before_they_travel(job: Job) -> None:
    with pytest.raises(BadRequest, match="temperature"):
        job.ask("hi", temperature=5)
    with pytest.raises(BadRequest, match="temprature"):
        job.ask("hi", temprature=1)


def test_extending(job: Job) -> None:
    before = job.refresh().info
    job.extend("20m")
    assert before.release_at is not None
    assert job.info.release_at == pytest.approx(before.release_at + 1200, abs=5)
    with pytest.raises(BadRequest, match="soon"):
        job.extend("soon")


def test_the_log_can_be_read_and_followed(job: Job) -> None:
    text = job.logs()
    assert MODEL in text
    followed = job.logs(follow=True)
    assert next(followed).startswith(text[:200])


def test_an_openai_client_of_the_job(job: Job) -> None:
    answer = job.openai().chat.completions.create(
        model=job.id,
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
        max_tokens=30,
    )
    assert "Paris" in str(answer.choices[0].message.content)


def test_a_job_shows_itself_without_secrets(job: Job, server: Server) -> None:
    bundle = job._repr_mimebundle_()
    assert MODEL in bundle["text/plain"]
    assert "released in" in bundle["text/html"]
    shown = repr(job) + "".join(bundle.values()) + repr(job._client)
    assert server.token not in shown
    assert server.token not in job.url
