"""A server of one's own as an engine, from its setting to an answer."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psutil
import pytest

from tests.support import MODEL, Server, private_server, process_gone, wait_until
from tests.worker.test_servers import CAPITAL, LLAMA_HTTP


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that knows a command for the engine `openai_server`."""
    words = [f"--SwApp.openai_server_command={word}" for word in LLAMA_HTTP]
    with private_server(tmp_path_factory.mktemp("own"), *words) as server:
        yield server


def test_it_runs_chats_and_gives_everything_back(own: Server) -> None:
    job = own.run(engine="openai_server", context=2048, name="own")
    assert job["engine"] == "openai_server"
    chat = own.ask("POST", "chats", job="own", params={"temperature": 0, "max_tokens": 24})
    own.ask("POST", f"chats/{chat['id']}/turns", content=CAPITAL)

    def answered() -> str | None:
        (turn,) = own.ask("GET", f"chats/{chat['id']}")["turns"]
        return str(turn["reply"]) if turn["state"] == "done" else None

    assert "Paris" in wait_until(answered, 60, "the turn ends")
    log = own.api.get("jobs/own/logs").text
    assert "llama.cpp is being loaded." in log
    processes = [job["pid"], *(p.pid for p in psutil.Process(job["pid"]).children(recursive=True))]
    assert len(processes) == 2
    own.ask("POST", "jobs/own/cancel")
    own.wait_for("own", "cancelled")
    for pid in processes:
        wait_until(lambda pid=pid: process_gone(pid), 5, "nothing is left")


def test_a_server_that_dies_fails_its_job(own: Server) -> None:
    job = own.run(engine="openai_server", context=1024)
    (server,) = psutil.Process(job["pid"]).children(recursive=True)
    os.kill(server.pid, signal.SIGKILL)
    failed = own.wait_for(job["id"], "failed")
    assert "the server that it had started for the model ended" in failed["reason"]
    assert "exit code -9" in failed["reason"], "the log's last error"


def test_engines_that_are_not_here_are_refused(server: Server) -> None:
    for engine, words in (
        ("openai_server", "c.SwApp.openai_server_command"),
        ("vllm", "pip install vllm"),
        ("sglang", "pip install sglang"),
        ("llama-server", "github.com/ggml-org/llama.cpp"),
    ):
        answer = server.api.post("jobs", json={"model": MODEL, "engine": engine})
        assert answer.status_code == 400
        assert words in answer.json()["hint"]
    names = [engine["name"] for engine in server.ask("GET", "status")["engines"]]
    assert names == ["transformers", "llamacpp"], "what isn't here isn't shown"
