"""What a job's replies get that are asked for without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import pytest

from tests.support import Server
from tests.worker.embedders import write_gguf

SYSTEM = "You tell long stories."
SAID = {"messages": [{"role": "user", "content": "Tell me a story about a river."}]}


@pytest.fixture(scope="module")
def job(server: Server) -> Iterator[dict[str, Any]]:
    """Return a job with defaults."""
    defaults = {"system": SYSTEM, "temperature": 0, "max_tokens": 5}
    running = server.run(name="with-defaults", defaults=defaults)
    yield running
    server.ask("POST", f"jobs/{running['id']}/cancel")


def reply(server: Server, job: dict[str, Any], **body: Any) -> dict[str, Any]:
    """Return a whole reply."""
    url = f"{server.url}jupyter-sw/v1/chat/completions"
    answer = server.api.post(url, json={"model": job["id"], **SAID, **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def length(answer: dict[str, Any]) -> int:
    return int(answer["usage"]["completion_tokens"])


def test_what_a_request_leaves_out_is_as_the_job_has_it(
    server: Server, job: dict[str, Any]
) -> None:
    answer = reply(server, job)
    assert length(answer) == 5
    assert answer["choices"][0]["finish_reason"] == "length"
    said = [reply(server, job)["choices"][0]["message"]["content"] for _ in range(3)]
    assert len(set(said)) == 1, "the likeliest tokens each time"
    own = [{"role": "system", "content": SYSTEM}, *SAID["messages"]]
    assert reply(server, job, messages=own)["choices"] == answer["choices"]


def test_what_a_request_says_goes_before(server: Server, job: dict[str, Any]) -> None:
    assert length(reply(server, job, max_tokens=8)) == 8
    assert length(reply(server, job, max_completion_tokens=3)) == 3
    assert length(reply(server, job, max_tokens=None)) == 5
    none = [{"role": "system", "content": ""}, *SAID["messages"]]
    usage = reply(server, job, messages=none)["usage"]
    assert usage["prompt_tokens"] < reply(server, job)["usage"]["prompt_tokens"]


def test_they_are_shown_and_asked_for_again(server: Server, job: dict[str, Any]) -> None:
    assert job["defaults"]["max_tokens"] == 5
    line = server.ask("GET", f"jobs/{job['id']}/command")["command"]
    assert f"--system '{SYSTEM}' --temperature 0.0 --max-tokens 5" in line


def test_what_writes_no_replies_has_none(server: Server, tmp_path: Path) -> None:
    write_gguf(tmp_path / "embeds.gguf", gguf.PoolingType.MEAN)
    for request in (
        {"model": str(tmp_path / "embeds.gguf")},
        {"model": "smollm2-135m-chat", "kind": "kernel"},
    ):
        answer = server.api.post("jobs", json={**request, "defaults": {"max_tokens": 5}})
        assert answer.status_code == 400, answer.text
        assert "could have a default max_tokens" in answer.json()["message"]
