"""A model that makes vectors of texts, behind OpenAI's endpoint."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openai
import pytest

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Handler
from jupyter_sw.schemas.worker import Stage
from tests.worker.embedders import CONTEXT, VOCABULARY, WIDTH, expected, spelled_tokens, write_gguf
from tests.worker.helpers import TOKEN, Worker, make_spec, running_worker

TEXTS = ["the cat", "hello world", "a"]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Return a worker with a tiny BERT."""
    here = tmp_path_factory.mktemp("embeddings")
    files = write_gguf(here / "tiny-bert.gguf")
    spec = make_spec(
        files,
        Engine.LLAMACPP,
        handler=Handler.EMBEDDING,
        context=CONTEXT,
        cache_tokens=CONTEXT,
    )
    with running_worker(spec, here / "log") as running:
        running.wait_for(Stage.RUNNING)
        yield running


@pytest.fixture(scope="module")
def client(worker: Worker) -> openai.OpenAI:
    """Return OpenAI's own client."""
    return openai.OpenAI(
        base_url="http://worker/v1", api_key=TOKEN, http_client=worker.http, max_retries=0
    )


def test_vectors_are_those_of_transformers(client: openai.OpenAI) -> None:
    answer = client.embeddings.create(model="tiny-bert", input=TEXTS, encoding_format="float")
    assert [one.index for one in answer.data] == [0, 1, 2]
    for text, one in zip(TEXTS, answer.data, strict=True):
        assert len(one.embedding) == WIDTH
        assert np.allclose(one.embedding, expected(spelled_tokens(text)), atol=1e-3)
    assert answer.model == "tiny-bert"
    assert answer.usage.prompt_tokens == sum(len(spelled_tokens(text)) for text in TEXTS)
    assert answer.usage.total_tokens == answer.usage.prompt_tokens


def test_one_text_its_tokens_and_packed_values_give_the_same(worker: Worker) -> None:
    def vector(**body: object) -> object:
        answer = worker.http.post("/v1/embeddings", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"][0]["embedding"]

    plain = vector(input="the cat")
    tokens = spelled_tokens("the cat")
    assert np.allclose(vector(input=tokens), plain, atol=1e-6)
    assert np.allclose(vector(input=[tokens]), plain, atol=1e-6)
    packed = vector(input="the cat", encoding_format="base64", dimensions=WIDTH, user="me")
    values = np.frombuffer(base64.b64decode(str(packed)), dtype="<f4")
    assert np.allclose(values, plain, atol=1e-6)


def test_more_texts_than_slots_keep_their_order(worker: Worker) -> None:
    texts = [chr(ord("a") + n % 26) * (1 + n % 5) for n in range(40)]
    answer = worker.http.post("/v1/embeddings", json={"input": texts}).json()
    for text, one in zip(texts, answer["data"], strict=True):
        assert np.allclose(one["embedding"], expected(spelled_tokens(text)), atol=1e-3)


def test_long_texts_at_once_do_not_overflow(worker: Worker) -> None:
    texts = ["a " * (CONTEXT - 2 - n) for n in range(10)]
    answer = worker.http.post("/v1/embeddings", json={"input": texts}).json()
    for text, one in zip(texts, answer["data"], strict=True):
        assert np.allclose(one["embedding"], expected(spelled_tokens(text)), atol=1e-3)


def test_weights_that_do_not_say_how_they_pool_are_not_run(tmp_path: Path) -> None:
    spec = make_spec(
        write_gguf(tmp_path / "unpooled.gguf", None),
        Engine.LLAMACPP,
        handler=Handler.EMBEDDING,
        context=CONTEXT,
        cache_tokens=CONTEXT,
    )
    with running_worker(spec, tmp_path / "log") as running:
        health = running.wait_for(Stage.FAILED)
        assert health.error is not None
        assert "ooling" in health.error["message"]


def test_special_tokens_cannot_be_written(worker: Worker) -> None:
    answer = worker.http.post("/v1/embeddings", json={"input": "[MASK] a"}).json()
    assert answer["usage"]["prompt_tokens"] > len(spelled_tokens("a")) + 1


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "input: Field required"),
        ({"input": ""}, "input: the text is empty"),
        ({"input": ["a", ""]}, "input 1: the text is empty"),
        ({"input": []}, "input"),
        ({"input": "a " * 300}, f"input: 302 tokens, and the model's context is {CONTEXT}"),
        ({"input": [len(VOCABULARY)]}, f"the model has no token {len(VOCABULARY)}"),
        ({"input": [-1]}, "input"),
        ({"input": "a", "dimensions": 8}, f"have {WIDTH} values; 8 were asked for"),
        ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
        ({"input": "a", "truncate": True}, "truncate"),
    ],
)
def test_what_cannot_be_embedded_is_refused(
    worker: Worker, body: dict[str, object], says: str
) -> None:
    answer = worker.http.post("/v1/embeddings", json=body)
    assert answer.status_code == 400, answer.text
    assert says in answer.json()["error"]["message"]


@pytest.mark.parametrize("path", ["chat/completions", "completions"])
def test_it_does_not_write(worker: Worker, path: str) -> None:
    answer = worker.http.post(f"/v1/{path}", json={"prompt": "Hello"})
    assert answer.status_code == 400
    assert f"tiny-bert can't do {path}" in answer.json()["error"]["message"]
    assert "/v1/embeddings" in answer.json()["error"]["hint"]


def test_requests_are_counted_and_end(worker: Worker) -> None:
    before = worker.health().metrics
    worker.http.post("/v1/embeddings", json={"input": "the cat"})
    health = worker.health()
    assert health.metrics.requests == before.requests + 1
    assert health.metrics.prompt_tokens == before.prompt_tokens + 4
    assert health.metrics.running == 0
    assert health.idle is not None
    assert health.idle < 10
