"""TAB, through a real kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_sw.schemas.jobs import Engine
from tests.magics.kernel import Kernel, running_kernel
from tests.support import MODEL, Server

COMMANDS = {
    "run", "load", "ps", "wait", "logs", "events", "chat", "ask", "extend", "pause", "resume",
    "cancel", "rerun", "delete", "rename", "comment", "pin", "project", "models", "devices",
    "login", "help",
}  # fmt: skip


def test_commands(kernel: Kernel) -> None:
    assert set(kernel.complete("%sw ")) == COMMANDS
    assert kernel.complete("%sw ca") == ["cancel"]
    assert kernel.complete("job = %sw ru") == ["run"]


def test_options_and_their_values(kernel: Kernel) -> None:
    assert kernel.complete("%sw run x --re") == ["--release", "--resource"]
    assert set(kernel.complete("%sw run x --engine ")) == {engine.value for engine in Engine}
    assert kernel.complete("%%sw --ou") == ["--out"]
    offered = kernel.complete("%sw ps ")
    assert "--all" in offered
    assert all(text.startswith("--") for text in offered)


def test_models_of_the_server(kernel: Kernel) -> None:
    assert kernel.complete("%sw run smollm2-135") == [MODEL]
    assert {"llama2-7b-chat", "llama2-70b-chat"} <= set(kernel.complete("%sw run llama2-7"))


def test_live_jobs(kernel: Kernel, job: dict[str, Any]) -> None:
    assert {job["id"], job["name"]} == set(kernel.complete("%sw cancel "))
    assert kernel.complete(f"%sw ask --job {job['id'][:3]}") == [job["id"]]


def test_jobs_that_fit(kernel: Kernel, server: Server, job: dict[str, Any]) -> None:
    paused = server.run(name="rests")
    server.ask("POST", "jobs/rests/pause")
    ended = server.run(name="gone")
    server.ask("POST", "jobs/gone/cancel")
    server.wait_for("gone", "cancelled")
    assert {job["id"], job["name"]} == set(kernel.complete("%sw pause "))
    assert {paused["id"], "rests"} == set(kernel.complete("%sw resume "))
    assert {ended["id"], "gone"} == set(kernel.complete("%sw delete "))
    assert {ended["id"], "gone"} == set(kernel.complete("%sw rerun "))
    assert {"rests", "gone", job["name"]} <= set(kernel.complete("%sw events "))
    server.ask("POST", "projects", name="thesis")
    assert set(kernel.complete("%sw project ")) == {"list", "use", "new", "move"}
    assert {"default", "thesis"} <= set(kernel.complete("%sw project use "))
    assert "paused" in kernel.complete("%sw wait x --for ")
    server.ask("POST", "jobs/rests/cancel")


def test_nothing_else(kernel: Kernel) -> None:
    kernel.run("rundown = 1")
    assert kernel.complete("%sw run zzz") == []
    assert kernel.complete("%sw run --name ") == []
    assert kernel.complete("%%sw --out a\nimpor") == []
    assert "rundown" in kernel.complete("rund"), "other lines are left alone"


def test_it_starts_no_server_and_is_quick_without_one(tmp_path: Path) -> None:
    with running_kernel(tmp_path) as alone:
        assert alone.run("%load_ext jupyter_sw").ok
        seconds = alone.value(
            "import time; t = time.perf_counter(); "
            "get_ipython().complete('', '%sw run ', 8); time.perf_counter() - t < 2"
        )
        assert seconds == "True"
        assert set(alone.complete("%sw ")) == COMMANDS
    assert not list((tmp_path / "run").glob("jupyter_sw-private*"))
