"""A job that embeds, from its file to its vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import openai
import pytest

from jupyter_sw.client.api import Client
from jupyter_sw.client.connection import Server as Connection
from jupyter_sw.client.job import Job
from jupyter_sw.errors import SwError
from tests.support import Server
from tests.worker.embedders import CONTEXT, expected, spelled_tokens, write_gguf


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny BERT."""
    path = tmp_path_factory.mktemp("models") / "tiny-bert.gguf"
    write_gguf(path)
    return path


@pytest.fixture(scope="module")
def job(server: Server, file: Path) -> Iterator[dict[str, Any]]:
    """Return a job that embeds."""
    running = server.run(model=str(file), name="embedder")
    yield running
    server.ask("POST", f"jobs/{running['id']}/cancel")


def test_a_file_that_embeds_is_told_by_its_header(server: Server, job: dict[str, Any]) -> None:
    assert (job["handler"], job["engine"], job["context"]) == ("embedding", "llamacpp", CONTEXT)
    client = openai.OpenAI(base_url=f"{server.url}jupyter-sw/v1", api_key=server.token)
    answer = client.embeddings.create(model="embedder", input=["the cat", "a"])
    for text, one in zip(["the cat", "a"], answer.data, strict=True):
        assert np.allclose(one.embedding, expected(spelled_tokens(text)), atol=1e-3)


def test_python_embeds_and_is_told_what_the_model_cannot(
    server: Server, job: dict[str, Any]
) -> None:
    client = Client(Connection(url=server.url, token=server.token, origin="test"))
    handle = Job(client, client.job(job["id"]))
    (vector,) = handle.embed(["the cat"])
    assert np.allclose(vector, expected(spelled_tokens("the cat")), atol=1e-3)
    assert handle.embed([]) == []
    with pytest.raises(SwError, match="input 1: the text is empty"):
        handle.embed(["a", ""])
    with pytest.raises(SwError, match="a list of texts"):
        handle.embed("the cat")
    with pytest.raises(SwError, match="can't do chat/completions"):
        handle.ask("Hello")


def test_what_does_not_fit_together_is_refused_before_it_starts(
    server: Server, file: Path, tmp_path: Path
) -> None:
    def refusal(**request: Any) -> str:
        answer = server.api.post("jobs", json={"model": str(file), **request})
        assert answer.status_code == 400, answer.text
        return str(answer.json()["message"])

    assert "transformers computes no embeddings" in refusal(engine="transformers")
    assert "does not offer the handler 'chatbot'" in refusal(handler="chatbot")
    ranks = tmp_path / "ranks.gguf"
    write_gguf(ranks, gguf.PoolingType.RANK)
    assert "reranker" in refusal(model=str(ranks))


def test_a_model_that_writes_does_not_embed(server: Server) -> None:
    writer = server.run(name="writer")
    answer = server.api.post(
        f"{server.url}jupyter-sw/v1/embeddings", json={"model": "writer", "input": "a"}
    )
    assert answer.status_code == 400
    assert "Run a model that embeds" in answer.text
    server.ask("POST", f"jobs/{writer['id']}/cancel")
