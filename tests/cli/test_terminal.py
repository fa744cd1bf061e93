"""``jupyter sw`` as a person and a script see it: a real process, server and model."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.schemas.jobs import JobState
from jupyter_sw.schemas.models import ModelFiles
from tests.support import MODEL, Server, isolated_environment, private_server, wait_until


class Shell:
    """Runs ``jupyter sw`` against one server."""

    def __init__(self, server: Server) -> None:
        self.server = server
        # Found by the server's runtime file, as any terminal of the same user finds it.
        self.env = {**isolated_environment(server.home), "COLUMNS": "100"}

    def start(self, *words: str, **options: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "jupyter_sw.cli", *words],
            env=self.env, cwd=self.server.home, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, **options,
        )  # fmt: skip

    def run(self, *words: str, given: str = "", status: int = 0) -> tuple[str, str]:
        process = self.start(*words)
        output, problems = process.communicate(given, timeout=120)
        assert process.returncode == status, (output, problems)
        assert self.server.token not in output + problems
        return output, problems


@pytest.fixture(scope="module")
def shell(server: Server) -> Shell:
    """Return a shell at the module's server."""
    return Shell(server)


@pytest.fixture(scope="module")
def job(server: Server) -> dict[str, Any]:
    """Return the one running job."""
    return server.run(engine="llamacpp", release_after=900)


def test_a_model_is_run_looked_at_and_cancelled(shell: Shell) -> None:
    output, problems = shell.run(
        "run", MODEL, "--name", "walk", "--release", "5m", "--engine", "llamacpp"
    )
    assert "walk" in output
    assert "running" in output
    assert "released in 5 min" in output
    assert "loading" in problems.splitlines()[-1], "the seconds of each phase"
    assert "walk" in shell.run("ps")[0]
    assert "released in" in shell.run("extend", "walk", "20m")[0]
    assert MODEL in shell.run("logs", "walk")[0]
    assert "cancelled" in shell.run("cancel", "walk")[0]
    assert "walk" not in shell.run("ps")[0]
    assert "walk" in shell.run("ps", "--all")[0]


def test_extending_ends_at_the_servers_limit_and_says_so(
    tmp_path: Path, smollm2: ModelFiles
) -> None:
    with private_server(tmp_path, "--SwApp.max_release_after=3600") as bound:
        bound.run(engine="llamacpp", name="long", release_after=1800)
        shell = Shell(bound)
        output, problems = shell.run("extend", "long", "10m")
        assert "released in 40 min" in output
        assert "limit" not in output + problems
        output, problems = shell.run("extend", "long", "3h")
        assert "extended to the server's limit of 1 h" in problems
        assert "released in 1 h" in output or "released in 59 min" in output
        assert "no job runs longer than 1 h" in shell.run("extend", "long", "5m", status=1)[1]


def test_scripts_get_json_and_nothing_else(shell: Shell) -> None:
    started = json.loads(shell.run("run", MODEL, "--no-wait", "-o", "json", "--name", "script")[0])
    assert started["name"] == "script"
    listed = json.loads(shell.run("ps", "-o", "json")[0])
    assert [job["id"] for job in listed["jobs"]] == [started["id"]]
    models = json.loads(shell.run("models", "-o", "json")[0])
    assert MODEL in [model["name"] for model in models["models"]]
    devices = json.loads(shell.run("devices", "-o", "json")[0])
    assert "cpu" in [device["id"] for device in devices["devices"]]
    ended = json.loads(shell.run("cancel", "script", "-o", "json")[0])
    assert ended["state"] == JobState.CANCELLED.value


def test_wrong_command_lines_are_status_2_and_failures_status_1(shell: Shell) -> None:
    _, problems = shell.run("run", "--relase", "5m", status=2)
    assert "--release" in problems, "what was meant"
    assert "Usage: jupyter sw run" in problems
    _, problems = shell.run("run", MODEL, "--release", "soon", status=2)
    assert "30m" in problems
    _, problems = shell.run("run", "llama9", status=1)
    assert "llama9" in problems
    assert "Traceback" not in problems
    _, problems = shell.run("logs", status=1)
    assert "jupyter sw run MODEL" in problems, "commands as they are written here"


def test_a_job_rests_goes_on_and_is_deleted(shell: Shell, server: Server) -> None:
    job = server.run(engine="llamacpp", name="rests", release_after=600)["id"]
    paused = json.loads(shell.run("pause", "rests", "-o", "json")[0])
    assert paused["state"] == "paused"
    assert "jupyter sw resume" in shell.run("ps")[0] + shell.run("wait", "rests", status=1)[1]
    assert "running" in shell.run("resume", "rests")[0]
    shell.run("cancel", "rests")
    events = json.loads(shell.run("events", job, "-o", "json")[0])["events"]
    assert [e["state"] for e in events if e["kind"] == "state"].count("running") == 2
    deleted, _ = shell.run("delete", "rests")
    assert f"jupyter sw delete --undo {job}" in deleted
    shell.run("delete", job, status=1)
    assert "restored" in shell.run("delete", "--undo", job)[0]
    _, problems = shell.run("project", "use", "thesis", status=2)
    assert "export JUPYTER_SW_PROJECT=thesis" in problems
    assert "thesis" in shell.run("project", "new", "thesis")[0]
    assert "project thesis" in shell.run("project", "move", "rests", "thesis")[0]
    assert "thesis" in shell.run("project")[0]
    assert "--timeout" in shell.run("help", "wait")[0]
    assert "NAME" in shell.run("help", "project", "use")[0]


def test_a_login_that_cannot_be_says_so(shell: Shell, server: Server) -> None:
    alone = Shell(server)
    alone.env |= {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(server.home / "hub")}
    _, problems = alone.run("login", status=1)
    assert "The hub login failed" in problems
    assert "Traceback" not in problems


def test_help_lists_commands_in_the_order_of_a_jobs_life(shell: Shell) -> None:
    output, _ = shell.run()
    places = [
        output.index(f"  {name} ") for name in ("run", "ps", "chat", "pause", "rerun", "login")
    ]
    assert places == sorted(places)
    assert "--release" in shell.run("help", "run")[0]
    assert "--release" in shell.run("run", "--help")[0]
    shell.run("help", "nothing", status=2)


def test_interrupting_leaves_the_job(shell: Shell, server: Server) -> None:
    # transformers has to convert the file and import torch, which leaves time to interrupt.
    process = shell.start("run", MODEL, "--name", "left", "--engine", "transformers")

    def live() -> list[dict[str, Any]]:
        jobs = list(server.api.get("jobs", params={"state": "live"}).json()["jobs"])
        return [job for job in jobs if job["state"] == "loading"]

    (job,) = wait_until(live, 60, "the job loads")
    process.send_signal(signal.SIGINT)
    _, problems = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"jupyter sw cancel {job['id']}" in problems
    assert server.job("left")["state"] in {"loading", "running"}
    server.ask("POST", "jobs/left/cancel")
    server.wait_for("left", "cancelled")


def test_an_interrupt_in_a_finalizer_is_not_lost() -> None:
    program = """
import os, signal, sys
from jupyter_sw.cli import terminal

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        sum(range(1000))  # the exception is raised in here, where Python drops it

def wait(words, surface):
    Finalized()
    os.read(os.pipe()[0], 1)  # waits as for the network

terminal.invoke = wait
terminal.run_in_terminal()
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], timeout=60, capture_output=True, check=False, text=True
    )
    assert ended.returncode == 130, ended.stderr
    assert "Traceback" not in ended.stderr


def test_only_the_reply_goes_to_standard_output(shell: Shell, job: dict[str, Any]) -> None:
    words = ("--temperature", "0", "--max-tokens", "30", "What is the capital of France?")
    output, problems = shell.run("ask", *words)
    assert "Paris" in output
    assert problems == ""
    assert output == shell.run("ask", "--job", job["id"], *words)[0]
    shell.run("ask", "--temperature", "9", "hi", status=2)


def test_a_reader_that_has_seen_enough_is_no_error(shell: Shell, job: dict[str, Any]) -> None:
    process = shell.start("logs", job["id"])
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.wait(30)


def test_a_conversation_by_lines(shell: Shell, job: dict[str, Any], server: Server) -> None:
    lines = "What is the capital of France?\n/again\n"
    output, problems = shell.run(
        "chat", "--new", "--temperature", "0", "--max-tokens", "12", given=lines
    )
    assert output.count("Paris") == 2
    assert "tok/s" in problems
    (chat,) = server.ask("GET", "chats")["chats"]
    assert chat["turn_count"] == 1, "asking again replaces the turn"
    output, _ = shell.run("chat", given="/clear\n")
    assert "Paris" in output, "the conversation goes on where it was"
    assert server.ask("GET", f"chats/{chat['id']}")["turns"] == []
