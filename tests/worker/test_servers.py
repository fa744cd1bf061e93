"""Servers that speak OpenAI's format as engines: real ones, and vLLM by its format."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_sw.cli.options import ENGINES
from jupyter_sw.schemas.jobs import Engine, Grant
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import EXIT_ENGINE_ENDED, EXIT_LOAD_FAILED, Stage
from jupyter_sw.worker.engines.server.recipes import RECIPES, Place
from tests.support import process_gone, wait_until
from tests.worker.helpers import (
    Worker,
    assistant,
    make_spec,
    running_worker,
    system,
    text_of,
    user,
)

HERE = Path(__file__).parent / "servers"
LLAMA_HTTP = [
    *("{python}", str(HERE / "llama_http.py")),
    *("{model}", "{name}", "{socket}", "{key_file}", "{context}", "{slots}"),
]
TRANSFORMERS_SERVE = [
    *("{python}", "-m", "transformers.cli.transformers", "serve", "{model}"),
    *("--host", "127.0.0.1", "--port", "{port}", "--device", "cpu", "--dtype", "float32"),
]
CAPITAL = "What is the capital of France?"


def children(worker: Worker) -> list[int]:
    """Return the pids of the servers behind a worker."""
    return [child.pid for child in psutil.Process(worker.process.pid).children(recursive=True)]


@pytest.fixture(scope="module")
def llama(smollm2: ModelFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Return a worker before xllamacpp's own HTTP server with the real model."""
    helpful = "You are a helpful assistant."
    spec = make_spec(smollm2, Engine.OPENAI_SERVER, command=LLAMA_HTTP, slots=2, system=helpful)
    with running_worker(spec, tmp_path_factory.mktemp("llama") / "log") as worker:
        worker.wait_for(Stage.RUNNING)
        yield worker


def test_a_real_server_answers_through_the_worker(llama: Worker) -> None:
    whole = llama.chat(CAPITAL, temperature=0, max_tokens=24)
    assert "Paris" in text_of(whole)
    assert whole["model"] == llama.spec.files.name
    assert whole["usage"]["completion_tokens"] > 3
    assert whole["timings"]["total"] > 0
    chunks = list(llama.chat_stream(CAPITAL, temperature=0, max_tokens=24))
    pieces = [c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"]]
    assert "".join(pieces) == text_of(whole)
    assert len([piece for piece in pieces if piece]) > 3, "as it is written"
    assert not any("usage" in chunk for chunk in chunks), "nobody asked for it"
    asked = list(llama.chat_stream(CAPITAL, max_tokens=8, stream_options={"include_usage": True}))
    assert asked[-1]["usage"]["completion_tokens"] > 0
    assert asked[-1]["timings"]["first_token"] > 0


def test_what_it_prints_and_does_is_told(llama: Worker) -> None:
    assert "llama.cpp is being loaded." in llama.log.read_text()
    before = llama.health().metrics
    llama.chat(CAPITAL, max_tokens=8)
    after = llama.health().metrics
    assert after.requests == before.requests + 1
    assert after.completion_tokens > before.completion_tokens
    assert after.prompt_tokens > before.prompt_tokens
    server = sum(psutil.Process(pid).memory_info().rss for pid in children(llama))
    assert (after.memory or 0) > server, "its memory and the worker's own"


def test_its_key_is_nowhere_to_be_seen(llama: Worker) -> None:
    key_file = Path(llama.spec.socket).with_suffix(".server.yaml")
    key = key_file.read_text()
    assert len(key) > 30
    assert key_file.stat().st_mode & 0o077 == 0
    for pid in [llama.process.pid, *children(llama)]:
        for name in ("cmdline", "environ"):
            assert key.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
    assert key not in llama.log.read_text()


def test_hanging_up_ends_the_generation(llama: Worker) -> None:
    stream = llama.chat_stream("Count to a thousand.", temperature=0, max_tokens=400)
    for _ in range(5):
        next(stream)
    assert llama.health().metrics.running == 1
    stream.close()  # type: ignore[attr-defined]
    wait_until(llama.idle, 5, "nothing runs any more")
    busy = [psutil.Process(pid) for pid in children(llama)]

    def calm() -> bool:
        return sum(process.cpu_percent(0.2) for process in busy) < 20

    wait_until(calm, 5, "the server computes no more")


def test_a_refused_request_says_why(llama: Worker) -> None:
    status, error = llama.refusal(CAPITAL, response_format={"type": "verse"})
    assert status == 400
    assert "verse" in error["message"]
    answer = llama.http.post("/v1/chat/completions", content=b"[]")
    assert answer.status_code == 400
    assert llama.http.get("/v1/models").json()["data"][0]["id"] == llama.spec.files.name


def test_it_ends_with_its_worker(smollm2: ModelFiles, log: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        spec = make_spec(smollm2, Engine.OPENAI_SERVER, command=LLAMA_HTTP, slots=1)
        with running_worker(spec, log) as worker:
            worker.wait_for(Stage.RUNNING)
            (server,) = children(worker)
            os.kill(worker.process.pid, number)
            wait_until(lambda pid=server: process_gone(pid), 5, f"it is gone, too ({number})")


def test_the_worker_ends_with_it(smollm2: ModelFiles, log: Path) -> None:
    spec = make_spec(smollm2, Engine.OPENAI_SERVER, command=LLAMA_HTTP, slots=1)
    with running_worker(spec, log) as worker:
        worker.wait_for(Stage.RUNNING)
        (server,) = children(worker)
        os.kill(server, signal.SIGKILL)
        assert worker.process.wait(10) == EXIT_ENGINE_ENDED
        assert "ended by itself (exit code -9)" in log.read_text()


def test_one_that_cannot_start_fails_the_load(smollm2: ModelFiles, log: Path) -> None:
    for command, words in (
        (["{python}", "-c", "import sys; sys.exit('no such device')"], "no such device"),
        (["/nowhere/server", "{model}"], "/nowhere/server could not be started"),
    ):
        spec = make_spec(smollm2, Engine.OPENAI_SERVER, command=command)
        with running_worker(spec, log) as worker:
            health = worker.wait_for(Stage.FAILED)
            assert "ended before it was ready (exit code 1)" in health.detail
            assert words in log.read_text()
            worker.process.terminate()
            assert worker.process.wait(10) == EXIT_LOAD_FAILED


def test_transformers_serve(tiny_llama2: ModelFiles, log: Path) -> None:
    spec = make_spec(tiny_llama2, Engine.OPENAI_SERVER, command=TRANSFORMERS_SERVE)
    with running_worker(spec, log) as worker:
        worker.wait_for(Stage.RUNNING)
        chunks = list(worker.chat_stream(CAPITAL, max_tokens=8))
        assert chunks[-1]["choices"][0]["finish_reason"] in ("stop", "length")
        assert chunks[-1]["timings"]["total"] > 0
        assert worker.health().metrics.completion_tokens > 0
        assert text_of(worker.chat(CAPITAL, max_tokens=8)) is not None


@pytest.fixture
def vllm(
    tiny_llama2: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    """Return a worker of the engine vllm before a program that answers in vLLM's format."""
    program = tmp_path / "vllm"
    program.write_text(f"#!{sys.executable}\n" + (HERE / "vllm_like.py").read_text())
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "request"))
    monkeypatch.setenv("SEEN_ARGV", str(tmp_path / "argv"))
    spec = make_spec(tiny_llama2, Engine.VLLM, memory_share=0.25, system="Be brief.")
    with running_worker(spec, tmp_path / "log") as worker:
        worker.wait_for(Stage.RUNNING)
        yield worker


def test_vllm_is_started_within_its_grant(vllm: Worker, tmp_path: Path) -> None:
    spec = vllm.spec
    assert json.loads((tmp_path / "argv").read_text()) == [
        *("serve", spec.files.path, "--uds", spec.socket.replace(".sock", ".server.sock")),
        *("--served-model-name", spec.files.name, "--dtype", "auto"),
        *("--max-model-len", "512", "--max-num-seqs", "8", "--gpu-memory-utilization", "0.250"),
        "--disable-uvicorn-access-log",
    ]
    assert "vLLM API server version" in vllm.log.read_text()


def test_vllm_is_asked_in_its_words(vllm: Worker, tmp_path: Path) -> None:
    def seen() -> Any:
        return json.loads((tmp_path / "request").read_text())

    chunks = list(vllm.chat_stream(CAPITAL, top_k=3, seed=7))
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text == "The capital is Paris."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["timings"]["first_token"] > 0
    assert seen()["messages"] == [system("Be brief."), user(CAPITAL)]
    assert (seen()["top_k"], seen()["seed"]) == (3, 7)
    vllm.chat(system("Sing."), CAPITAL)
    assert seen()["messages"][0] == system("Sing.")
    assert vllm.refusal(CAPITAL, temperature=3)[1]["message"] == (
        "temperature must be in [0, 2], got 3."
    )


def test_tools_are_the_servers_own_affair(vllm: Worker, tmp_path: Path) -> None:
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    before = vllm.health().metrics.completion_tokens
    chunks = list(vllm.chat_stream(CAPITAL, tools=tools, tool_choice="required"))
    sent = json.loads((tmp_path / "request").read_text())
    assert (sent["tools"], sent["tool_choice"]) == (tools, "required")
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    calls = [call for delta in deltas for call in delta.get("tool_calls") or ()]
    assert calls[0]["function"]["name"] == "f"
    assert "".join(call["function"]["arguments"] for call in calls) == "{}"
    assert vllm.health().metrics.completion_tokens == before + 2


def test_old_turns_go_when_vllm_says_that_they_do_not_fit(vllm: Worker, tmp_path: Path) -> None:
    turns: list[dict[str, str]] = []
    for number in range(8):
        turns += [user(f"Question {number} " + "x" * 60), assistant("y" * 60)]
    answer = vllm.chat(*turns, CAPITAL)
    assert text_of(answer) == "The capital is Paris."
    assert answer["context_trimmed"] >= 4
    sent = json.loads((tmp_path / "request").read_text())["messages"]
    assert sent[0] == system("Be brief.")
    assert sent[-1] == user(CAPITAL)
    assert sent[1]["role"] == "user", "whole turns go"
    status, error = vllm.refusal("z" * 700)
    assert (status, error["code"]) == (400, "context_overflow")


@pytest.mark.parametrize("engine", [Engine.VLLM, Engine.SGLANG, Engine.LLAMA_SERVER])
def test_the_command_lines(
    engine: Engine, tiny_llama2: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("vllm", "llama-server"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    grant = [Grant(device=f"cuda:{number}", bytes=2**34) for number in (0, 1)]
    spec = make_spec(tiny_llama2, engine, grant=grant, memory_share=0.5, threads=3, dtype="float16")
    place = Place(tmp_path / "s.sock", 8123, "the-key", tmp_path / "settings.yaml")
    words = RECIPES[engine].command(spec, place)
    line = " ".join(words)
    assert "the-key" not in line
    assert f" {spec.files.path} " in line
    expected = {
        Engine.VLLM: "--gpu-memory-utilization 0.500 --tensor-parallel-size 2",
        Engine.SGLANG: "--mem-fraction-static 0.500 --tp-size 2",
        Engine.LLAMA_SERVER: "--parallel 8 --n-gpu-layers 999 --threads 3",
    }
    assert expected[engine] in line
    if engine is Engine.SGLANG:
        assert json.loads(place.settings.read_text()) == {"api-key": "the-key"}


def test_every_engine_can_be_named_in_a_command() -> None:
    assert set(ENGINES) == {engine.value for engine in Engine}


@pytest.mark.slow
def test_a_server_that_hangs_is_noticed(smollm2: ModelFiles, log: Path) -> None:
    spec = make_spec(smollm2, Engine.OPENAI_SERVER, command=LLAMA_HTTP, slots=1)
    with running_worker(spec, log) as worker:
        worker.wait_for(Stage.RUNNING)
        (server,) = children(worker)
        began = time.monotonic()
        os.kill(server, signal.SIGSTOP)
        assert worker.process.wait(60) == EXIT_ENGINE_ENDED
        assert time.monotonic() - began < 50
        assert "hangs" in log.read_text()
        wait_until(lambda: process_gone(server), 5, "it is gone, too")
