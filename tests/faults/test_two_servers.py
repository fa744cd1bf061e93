"""Two Jupyter Servers of one user on one machine: the same jobs, one of them may die."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import Server, events, private_server, process_gone, wait_until

pytestmark = pytest.mark.usefixtures("smollm2")


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    """Start two servers that share everything but their runtime files."""
    data = f"--SwApp.data_dir={tmp_path / 'shared'}"
    devices = "--SwApp.simulated_devices=Tiny 1G*1"
    with (
        private_server(tmp_path / "a", data, devices) as a,
        private_server(tmp_path / "b", data, devices) as b,
    ):
        yield a, b


def seen(server: Server, job: str, state: str, timeout: float = 5) -> dict[str, Any]:
    """Return a job once a server shows it in a state."""

    def probe() -> dict[str, Any] | None:
        answer = server.api.get(f"jobs/{job}")
        found = answer.json()
        return dict(found) if answer.is_success and found["state"] == state else None

    return wait_until(probe, timeout, f"{job} is {state}")


def test_both_show_and_rule_the_same_jobs(pair: tuple[Server, Server]) -> None:
    a, b = pair
    job = a.run(release_after=600)
    there = seen(b, job["id"], "running")
    assert there["release_at"] == job["release_at"]
    with b.api.stream("GET", f"jobs/{job['id']}/events", params={"follow": "true"}) as news:
        stream = events(news)
        next(stream)
        a.ask("PATCH", f"jobs/{job['id']}", comment="from a")
        comments = (data["job"]["comment"] for _, data in stream)
        assert "from a" in comments, "b's watchers hear what a does"
    extended = b.ask("PATCH", f"jobs/{job['id']}", release_after=900)
    assert extended["release_after"] == 900
    assert a.job(job["id"])["release_after"] == 900
    refused = b.api.post(f"jobs/{job['id']}/resume")
    assert refused.status_code == 409
    paused = b.ask("POST", f"jobs/{job['id']}/pause")
    assert paused["state"] == "paused"
    assert process_gone(job["pid"])
    b.ask("POST", f"jobs/{job['id']}/resume")
    seen(a, job["id"], "running", 20)
    b.ask("POST", f"jobs/{job['id']}/cancel")
    seen(a, job["id"], "cancelled")
    assert a.api.delete(f"jobs/{job['id']}").status_code == 204
    wait_until(lambda: b.api.get(f"jobs/{job['id']}").status_code == 404, 5, "deleted there too")


@pytest.mark.slow
def test_one_can_chat_with_a_job_of_the_other(pair: tuple[Server, Server]) -> None:
    a, b = pair
    job = a.run(release_idle=600)
    seen(b, job["id"], "running")
    chat = b.ask("POST", "chats", job=job["id"])["id"]
    b.ask(
        "POST",
        f"chats/{chat}/turns",
        content="Write a very long fairy tale about a dragon, at least 3000 words.",
        params={"temperature": 0, "max_tokens": 1000},
    )
    a.ask("PATCH", f"jobs/{job['id']}", release_idle=1)
    with a.api.stream("GET", f"chats/{chat}/turns/0") as stream:
        *_, (name, turn) = events(stream)
    assert name == "turn"
    assert turn["state"] == "done"
    assert turn["ended_at"] - turn["created_at"] > 1.1, "it took longer than the idle clock"
    assert a.job(job["id"])["state"] == "running", "and was not idle"
    ended = seen(a, job["id"], "released", 8)
    # The job's own server learns of it with a heartbeat, every two seconds.
    assert 1 <= ended["ended_at"] - turn["ended_at"] < 1 + 2.5


def test_either_may_be_killed_and_the_other_goes_on(pair: tuple[Server, Server]) -> None:
    a, b = pair
    job = a.run(release_after=600)
    seen(b, job["id"], "running")
    a.kill()
    wait_until(
        lambda: any(
            "A new server" in event["message"]
            for event in b.ask("GET", f"jobs/{job['id']}/events")["events"]
        ),
        8,
        "b has taken it over",
    )
    assert b.job(job["id"])["pid"] == job["pid"]
    b.ask("POST", f"jobs/{job['id']}/cancel")
    seen(b, job["id"], "cancelled")
    assert process_gone(job["pid"])


def test_a_server_that_stops_takes_only_its_own_jobs(pair: tuple[Server, Server]) -> None:
    a, b = pair
    mine, yours = a.run(resource="cpu"), b.run(resource="cpu")
    seen(b, mine["id"], "running")
    a.stop()
    assert seen(b, mine["id"], "released")["reason"].startswith("Released because")
    assert process_gone(mine["pid"])
    assert b.job(yours["id"])["state"] == "running"
    assert not process_gone(yours["pid"])
