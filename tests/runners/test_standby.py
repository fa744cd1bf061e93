"""Workers on standby, as a server keeps and uses them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import psutil
import pytest

from jupyter_sw.runners.standby import Standbys
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.worker import standby as worker_standby
from tests.support import Server, private_server, process_gone, wait_until
from tests.worker.helpers import make_spec

pytestmark = pytest.mark.usefixtures("smollm2")


def standby(server: Server, engine: str = "llamacpp") -> dict[str, Any]:
    """Return the server's one worker on standby once it is ready."""

    def probe() -> dict[str, Any] | None:
        found = [one for one in server.ask("GET", "status")["standby"] if one["ready"]]
        return found[0] if [one["engine"] for one in found] == [engine] else None

    return wait_until(probe, 60, f"a standby for {engine} is ready")


def said(server: Server, job: dict[str, Any]) -> str:
    """Return what a job answers."""
    body = {
        "model": job["id"],
        "messages": [{"role": "user", "content": "Hi"}],
        "max_tokens": 4,
        "temperature": 0,
    }
    answer = server.api.post(f"{server.url}jupyter-sw/v1/chat/completions", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that keeps one worker on standby."""
    with private_server(tmp_path_factory.mktemp("s"), "--SwApp.standby_workers=1") as running:
        yield running


def test_the_next_run_uses_it_and_another_takes_its_place(server: Server) -> None:
    first = standby(server)
    job = server.run()
    assert job["pid"] == first["pid"]
    assert said(server, job)
    second = standby(server)
    assert second["pid"] != first["pid"]
    log = server.api.get(f"jobs/{job['id']}/logs").text
    assert f"Serving job {job['id']}" in log
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    assert process_gone(first["pid"])
    assert standby(server)["pid"] == second["pid"], "ending a job touches no standby"


@pytest.mark.slow
def test_it_is_of_the_engine_that_was_used_last(server: Server) -> None:
    standby(server)
    job = server.run(engine="transformers")
    assert said(server, job)
    server.ask("POST", f"jobs/{job['id']}/cancel")
    waiting = standby(server, "transformers")
    again = server.run(engine="transformers")
    assert again["pid"] == waiting["pid"]
    assert said(server, again)
    server.ask("POST", f"jobs/{again['id']}/cancel")
    server.wait_for(again["id"], "cancelled")


def test_it_holds_no_grant_and_shows_its_memory(server: Server) -> None:
    waiting = wait_until(
        lambda: [one for one in server.ask("GET", "status")["standby"] if one["ready"]],
        60,
        "a standby",
    )[0]
    resident = psutil.Process(waiting["pid"]).memory_info().rss
    assert waiting["memory"] == pytest.approx(resident, rel=0.1)
    holders = [d["holders"] for d in server.ask("GET", "devices")["devices"]]
    assert not [holder for device in holders for holder in device if holder["job"]]
    assert server.ask("GET", "status")["live_jobs"] == 0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_the_variables_and_the_rank_of_a_job_are_right(server: Server) -> None:
    job = server.ask("POST", "jobs", model="smollm2-135m-chat")
    server.ask("POST", f"jobs/{server.wait_for(job['id'], 'running')['id']}/cancel")
    waiting = standby(server)
    proc = Path(f"/proc/{waiting['pid']}")
    assert (proc / "oom_score_adj").read_text() == "1000\n"
    ours = Path("/proc/self/oom_score_adj").read_text()
    job = server.run()
    assert job["pid"] == waiting["pid"]
    assert (proc / "oom_score_adj").read_text() == ours
    nice = {
        os.getpriority(os.PRIO_PROCESS, int(task.name))
        for task in (proc / "task").iterdir()
        if (task / "comm").exists()
    }
    assert nice == {os.getpriority(os.PRIO_PROCESS, server.process.pid)}
    assert (proc / "cwd").readlink() == server.home / "run" / "sw"
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")


@pytest.mark.parametrize("driver", [False, True])
def test_it_sees_the_devices_of_its_job_and_starts_anew_where_it_is_too_late(
    driver: bool, tmp_path: Path, smollm2: ModelFiles
) -> None:
    spec = make_spec(smollm2, Engine.LLAMACPP, environment={"CUDA_VISIBLE_DEVICES": "GPU-1"})
    script = tmp_path / "worker.py"
    script.write_text(
        "import os, subprocess, sys\n"
        "from jupyter_sw.worker import __main__, standby\n"
        f"standby._driver_began = lambda: {driver}\n"
        "class Looks(__main__.Worker):\n"
        "    def run(self):\n"
        "        print('sees', os.environ['CUDA_VISIBLE_DEVICES'])\n"
        "        super().run()\n"
        "__main__.Worker = Looks\n"
        "__main__.main()\n"
    )
    end, begin = os.pipe()
    with (tmp_path / "log").open("wb") as log:
        command = [sys.executable, str(script), "standby", "llamacpp", str(begin)]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=[begin]
        )
    try:
        assert os.read(end, 1) == b"."
        assert process.stdin is not None
        process.stdin.write(spec.model_dump_json().encode())
        process.stdin.close()
        client = httpx.Client(
            transport=httpx.HTTPTransport(uds=spec.socket),
            headers={"Authorization": f"Bearer {spec.token}"},
        )

        def runs() -> bool:
            try:
                return bool(client.get("http://worker/health").json()["stage"] == "running")
            except httpx.TransportError:
                return False

        wait_until(runs, 30, "it runs")
        text = (tmp_path / "log").read_text()
        assert ("starts anew" in text) is driver
        assert ("sees GPU-1" in text) is not driver
        if driver:  # a fresh process has them from its beginning
            assert (
                b"CUDA_VISIBLE_DEVICES=GPU-1" in Path(f"/proc/{process.pid}/environ").read_bytes()
            )
    finally:
        process.kill()
        process.wait()


def test_it_dies_with_a_killed_server(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.standby_workers=2") as doomed:
        found = wait_until(
            lambda: len(s := doomed.ask("GET", "status")["standby"]) == 2 and s, 60, "two"
        )
        pids = [one["pid"] for one in found]
        assert {one["engine"] for one in found} == {"llamacpp", "transformers"}
        doomed.kill()
        wait_until(lambda: all(map(process_gone, pids)), 5, "they are gone, imported or not")


def test_a_clean_stop_leaves_none(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.standby_workers=1") as stopped:
        waiting = standby(stopped)
        stopped.stop()
        assert process_gone(waiting["pid"])


def test_one_that_was_killed_costs_the_next_run_nothing_but_time(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.standby_workers=1") as server:
        waiting = standby(server)
        psutil.Process(waiting["pid"]).kill()
        job = server.run()
        assert job["pid"] != waiting["pid"]
        assert said(server, job)


def test_zero_is_none(tmp_path: Path) -> None:
    with private_server(tmp_path, "--SwApp.standby_workers=0") as server:
        job = server.run()
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")
        children = psutil.Process(server.process.pid).children()
        assert not [one for one in children if "standby" in one.cmdline()]
        assert server.ask("GET", "status")["standby"] == []


def test_none_is_forgotten_whatever_happens_while_it_starts_or_ends(tmp_path: Path) -> None:
    async def story() -> None:
        standbys = Standbys(tmp_path, "tests.standin.worker")
        starting = asyncio.create_task(standbys.keep([Engine.LLAMACPP]))
        await asyncio.sleep(0)
        await standbys.drop_unready()  # a job loads at the very moment
        await starting
        assert standbys.alive == 1
        pid = standbys.view()[0].pid
        ending = asyncio.create_task(standbys.close())
        await asyncio.sleep(0)
        ending.cancel()
        await asyncio.wait({ending})
        await asyncio.to_thread(wait_until, lambda: process_gone(pid), 10, "it is gone")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("loaded", "answer", "began"),
    [
        ("libc.so.6", None, False),
        ("libcuda.so.1", 3, False),  # as torch leaves it; seen on an H100
        ("libcuda.so.1", 0, True),
        ("libamdhip64.so.6", None, True),
    ],
)
def test_a_driver_that_is_only_loaded_still_reads_its_variables(
    loaded: str, answer: int | None, began: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = SimpleNamespace(cuDeviceGetCount=lambda _count: answer)
    monkeypatch.setattr(worker_standby, "_loaded_libraries", lambda: f"7f00 r-xp /usr/lib/{loaded}")
    monkeypatch.setattr(worker_standby.ctypes, "CDLL", lambda _name: driver)
    assert worker_standby._driver_began() is began
