"""Servers and workers that are killed, stopped, or come twice."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.magics.kernel import running_kernel
from tests.support import MODEL, Server, events, private_server, process_gone, wait_until

pytestmark = [pytest.mark.usefixtures("smollm2"), pytest.mark.slow]


def say(server: Server, chat: str, content: str, max_tokens: int = 24) -> dict[str, Any]:
    """Say something and return the turn at its end."""
    turn = server.ask(
        "POST",
        f"chats/{chat}/turns",
        content=content,
        params={"temperature": 0, "max_tokens": max_tokens},
    )
    with server.api.stream("GET", f"chats/{chat}/turns/{turn['n']}") as stream:
        *_, (_, ended) = events(stream)
    return dict(ended)


def holders(server: Server) -> list[str]:
    """Return the jobs that hold memory."""
    devices = server.ask("GET", "devices")["devices"]
    return [h["job"] for device in devices for h in device["holders"] if h["job"]]


def test_a_killed_servers_worker_is_adopted_and_its_chat_goes_on(tmp_path: Path) -> None:
    with private_server(tmp_path) as doomed:
        job = doomed.run(release_after=600)
        chat = doomed.ask("POST", "chats", job=job["id"])["id"]
        assert "Paris" in say(doomed, chat, "What is the capital of France?")["reply"]
        doomed.ask(
            "POST",
            f"chats/{chat}/turns",
            content="Count from 1 to 1000.",
            params={"temperature": 0, "max_tokens": 4000},
        )
        with doomed.api.stream("GET", f"chats/{chat}/turns/1") as stream:
            _, delta = next(iter(events(stream)))
            doomed.kill()
    with private_server(tmp_path) as next_one:
        found = next_one.job(job["id"])
        assert (found["state"], found["pid"]) == ("running", job["pid"])
        assert found["release_at"] == pytest.approx(job["release_at"], abs=0.01)
        assert found["grant"] == job["grant"]
        assert holders(next_one) == [job["id"]]
        told = next_one.ask("GET", f"jobs/{job['id']}/events")["events"][-1]
        assert told["cause"] == "server"
        assert "the model stayed loaded" in told["message"]
        turn = next_one.ask("GET", f"chats/{chat}")["turns"][1]
        assert turn["state"] == "interrupted"
        assert turn["reply"].startswith(delta["text"]), "what a watcher was told is not lost"
        assert say(next_one, chat, "What is the capital of Italy?")["state"] == "done"
        next_one.ask("PATCH", f"jobs/{job['id']}", release_after=1)
        ended = next_one.wait_for(job["id"], "released")
        assert ended["reason"] == "Auto-released after 1 s."
        assert process_gone(job["pid"])


def test_an_adopted_worker_is_released_on_its_old_clock(tmp_path: Path) -> None:
    with private_server(tmp_path) as doomed:
        job = doomed.run(release_after=8)
        doomed.kill()
    with private_server(tmp_path) as next_one:
        ended = next_one.wait_for(job["id"], "released")
        assert 0 <= ended["ended_at"] - job["release_at"] < 1
        assert process_gone(job["pid"])
        assert holders(next_one) == []


def test_server_and_worker_both_killed(tmp_path: Path) -> None:
    with private_server(tmp_path) as doomed:
        job = doomed.run()
        doomed.kill()
        psutil.Process(job["pid"]).kill()
    with private_server(tmp_path) as next_one:
        found = next_one.job(job["id"])
        assert found["state"] == "failed"
        assert "server was killed" in found["reason"]
        assert f"%sw rerun {job['id']}" in found["hint"]
        assert holders(next_one) == []
        assert next_one.run()["state"] == "running", "the memory can be had"


def test_no_server_comes_back(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.lease_seconds=5") as doomed:
        job = doomed.run()
        doomed.kill()
    wait_until(lambda: process_gone(job["pid"]), 8, "the lease lapses")
    with private_server(tmp_path) as late:
        found = late.job(job["id"])
        assert found["state"] == "failed"
        assert "ended by itself when no server had come back" in found["reason"]


def test_the_server_is_killed_at_every_stage_of_a_start(tmp_path: Path) -> None:
    for number, state in enumerate(("fetching", "queued", "loading")):
        home = tmp_path / str(number)
        with private_server(home) as doomed:
            job = doomed.ask("POST", "jobs", model=MODEL)
            doomed.wait_for(job["id"], state, "loading", "running")
            doomed.kill()
        with private_server(home) as next_one:
            found = next_one.wait_for(job["id"], "running", "failed")
            if found["state"] == "failed":  # killed between a grant and a worker that can be found
                assert "before its worker had started" in found["reason"]
                assert holders(next_one) == []
            else:
                assert holders(next_one) == [job["id"]]
                next_one.ask("POST", f"jobs/{job['id']}/cancel")
                next_one.wait_for(job["id"], "cancelled")


def test_a_killed_worker_fails_its_job_at_once(tmp_path: Path) -> None:
    with private_server(tmp_path) as server:
        job = server.run()
        psutil.Process(job["pid"]).kill()
        failed = server.wait_for(job["id"], "failed", timeout=5)
        assert "signal 9" in failed["reason"]
        assert holders(server) == []


def test_a_stopped_worker_is_noticed_and_ended(tmp_path: Path) -> None:
    with private_server(tmp_path) as server:
        job = server.run()
        psutil.Process(job["pid"]).suspend()
        failed = server.wait_for(job["id"], "failed", timeout=40)
        assert "missed 3 heartbeats" in failed["reason"]
        assert process_gone(job["pid"])
        assert holders(server) == []


def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(tmp_path: Path) -> None:
    import sqlite3
    import subprocess

    with private_server(tmp_path) as doomed:
        job = doomed.run()
        doomed.kill()
        psutil.Process(job["pid"]).kill()
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        store = next(tmp_path.rglob("sw.sqlite"))
        with sqlite3.connect(store) as database:
            database.execute(
                "update jobs set worker = json_set(worker, '$.pid', ?)", (bystander.pid,)
            )
        with private_server(tmp_path) as next_one:
            assert next_one.job(job["id"])["state"] == "failed"
            assert bystander.poll() is None, "who has the pid now goes on"
    finally:
        bystander.kill()
        bystander.wait()


def test_the_machine_sleeps_past_the_release_time(tmp_path: Path) -> None:
    with private_server(tmp_path) as server:
        job = server.run(release_after=5)
        worker = psutil.Process(job["pid"])
        os.kill(server.process.pid, signal.SIGSTOP)
        worker.suspend()
        time.sleep(7)
        worker.resume()
        os.kill(server.process.pid, signal.SIGCONT)
        ended = server.wait_for(job["id"], "released", timeout=5)
        assert ended["reason"] == "Auto-released after 5 s."
        assert process_gone(job["pid"])


def test_a_server_that_stops_can_leave_its_jobs_to_the_next(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.keep_jobs=True") as first:
        job = first.run()
        first.stop()
        assert not process_gone(job["pid"])
    with private_server(tmp_path) as second:
        assert second.job(job["id"])["pid"] == job["pid"]
        assert second.job(job["id"])["state"] == "running"
        second.stop()
        assert process_gone(job["pid"])


def test_a_model_in_a_kernel_outlives_its_server(tmp_path: Path) -> None:
    with private_server(tmp_path) as doomed, running_kernel(tmp_path) as kernel:
        assert kernel.run("%load_ext jupyter_sw").ok
        assert kernel.run(f"%sw load {MODEL} --dtype float32 --release 1h").ok
        (job,) = doomed.ask("GET", "jobs?state=running")["jobs"]
        doomed.kill()
        with private_server(tmp_path) as next_one:
            found = next_one.job(job["id"])
            assert (found["state"], found["pid"]) == ("running", job["pid"])
            assert found["release_at"] == pytest.approx(job["release_at"], abs=0.01)
            assert holders(next_one) == [job["id"]]
            assert int(kernel.value("model.get_memory_footprint()")) > 0
            next_one.ask("POST", f"jobs/{job['id']}/cancel")
            next_one.wait_for(job["id"], "cancelled")
            assert kernel.value("'model' in globals()") == "False"
            assert not process_gone(job["pid"])
