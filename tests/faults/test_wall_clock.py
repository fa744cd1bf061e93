"""Somebody sets the machine's clock while a job runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support import private_server, process_gone, wait_until

DAY = 86400.0
pytestmark = [pytest.mark.usefixtures("smollm2"), pytest.mark.slow]


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_jump_of_the_clock_moves_no_release(
    jump: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    monkeypatch.setenv("SW_TEST_CLOCK", str(offset))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "clock"), prepend=":")
    with private_server(tmp_path) as server:
        job = server.run(release_after=12, release_idle=600)
        began = time.monotonic()
        offset.write_text(str(jump))
        moved = wait_until(
            lambda: (
                abs(server.job(job["id"])["release_at"] - job["release_at"]) > 1
                and server.job(job["id"])
            ),
            5,
            "the server notices",
        )
        assert moved["state"] == "running"
        assert moved["release_at"] == pytest.approx(job["release_at"] + jump, abs=0.5)
        assert server.ask("GET", "jobs")["now"] == pytest.approx(time.time() + jump, abs=1)
        told = server.ask("GET", f"jobs/{job['id']}/events")["events"][-1]
        assert "clock was set" in told["message"]
        server.wait_for(job["id"], "released", timeout=15)
        assert time.monotonic() - began == pytest.approx(12, abs=1.5)
        assert process_gone(job["pid"])


def test_a_worker_without_a_server_keeps_its_time_through_a_jump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("0")
    monkeypatch.setenv("SW_TEST_CLOCK", str(offset))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "clock"), prepend=":")
    with private_server(tmp_path) as server:
        job = server.run(release_after=6)
        began = time.monotonic()
        server.kill()
        offset.write_text(str(-DAY))
        wait_until(lambda: process_gone(job["pid"]), 8, "the worker ends")
        assert time.monotonic() - began == pytest.approx(6, abs=1.5)
