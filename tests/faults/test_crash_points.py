"""The server is killed between any two writes; the next one finds a world that is true."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.support import MODEL, Server, private_server, wait_until

WRITES = 40  # more than the life below takes


def live_through(server: Server) -> dict[str, Any]:
    """Run, change, pause, resume and end a job; return the last that was acknowledged of it."""
    acknowledged: dict[str, Any] = {}
    try:
        acknowledged = server.ask("POST", "jobs", model=MODEL, release_after=900)
        key = acknowledged["id"]
        server.wait_for(key, "running")
        acknowledged = server.ask("PATCH", f"jobs/{key}", release_after=800, comment="kept")
        acknowledged = server.ask("POST", f"jobs/{key}/pause")
        server.ask("POST", f"jobs/{key}/resume")
        server.wait_for(key, "running")
        acknowledged = server.ask("POST", f"jobs/{key}/cancel")
        acknowledged = server.wait_for(key, "cancelled")
    except httpx.TransportError:
        server.process.wait(10)
    return acknowledged


def workers(home: Path) -> list[int]:
    """Return the pids of workers that belong to a test's world."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "jupyter_sw.worker" in (process.info["cmdline"] or []):
            try:
                if str(home) in process.environ().get("JUPYTER_RUNTIME_DIR", ""):
                    found.append(process.pid)
            except psutil.Error:
                continue
    return found


def standby(server: Server) -> set[int]:
    """Return the pids of workers that the server says wait for a job."""
    return {one["pid"] for one in server.ask("GET", "status")["standby"]}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("smollm2")
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_write_leaves_a_true_world(
    when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = "--SwApp.lease_seconds=5"
    # After a commit differs from before the next one in what was done between only: a sample.
    for number in range(1, WRITES + 1, 1 if when == "before" else 4):
        home = tmp_path / f"{number}"
        monkeypatch.setenv("SW_TEST_CRASH", f"{when}:{number}")
        with private_server(home, lease, module="tests.faults.crashing_server") as doomed:
            told = live_through(doomed)
            crashed = doomed.process.poll() is not None
        with private_server(home, lease) as server:
            jobs = {job["id"]: job for job in server.ask("GET", "jobs")["jobs"]}
            if told:
                found = jobs[told["id"]]
                assert found["seq"] >= told["seq"], f"at {number} something acknowledged is lost"
                if told["comment"]:
                    assert (found["comment"], found["release_after"]) == ("kept", 800)
            for key, job in jobs.items():
                if job["state"] not in ("failed", "cancelled", "paused"):
                    server.wait_for(key, "running", "failed", "cancelled", timeout=20)
            running = list(server.ask("GET", "jobs?state=running")["jobs"])
            held = [
                holder["job"]
                for device in server.ask("GET", "devices")["devices"]
                for holder in device["holders"]
                if holder["job"]
            ]
            assert sorted(held) == sorted(job["id"] for job in running), f"grants at {number}"
            # One that was started and not yet written down ends with its lease.
            known = {job["pid"] for job in running}
            wait_until(
                lambda known=known, home=home, server=server: (
                    set(workers(home)) - standby(server) == known
                ),
                8,
                f"no stray at {number}",
            )
        assert not workers(home)
        if not crashed:
            return
    assert when == "after", "the life of the job has more writes than were tried"
