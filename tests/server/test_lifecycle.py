"""Pause and resume, rerun, delete and undo, projects, bounds: what a client sees of them."""

from __future__ import annotations

import shlex
import time
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.schemas.models import ModelFiles
from tests.support import MODEL, Server, events, private_server, process_gone, wait_until


def timeline(server: Server, job: str) -> list[dict[str, Any]]:
    """Return a job's timeline."""
    return list(server.ask("GET", f"jobs/{job}/events")["events"])


def answer(server: Server, chat: str, content: str, **params: Any) -> dict[str, Any]:
    """Say something and return the turn at its end."""
    turn = server.ask("POST", f"chats/{chat}/turns", content=content, params=params)
    with server.api.stream("GET", f"chats/{chat}/turns/{turn['n']}") as stream:
        *_, (_, ended) = events(stream)
    return dict(ended)


def test_a_paused_job_gives_its_memory_back_and_goes_on_with_its_chats(server: Server) -> None:
    job = server.run(release_after=600, name="rests", comment="keep me")
    chat = server.ask("POST", "chats", job=job["id"])["id"]
    said = answer(server, chat, "What is the capital of France?", temperature=0, max_tokens=16)
    assert "Paris" in said["reply"]

    paused = server.ask("POST", f"jobs/{job['id']}/pause")
    assert paused["state"] == "paused"
    assert paused["grant"] == []
    assert paused["pid"] is None
    assert paused["release_at"] is None, "the clocks stand still"
    assert process_gone(job["pid"])
    holders = [h for d in server.ask("GET", "devices")["devices"] for h in d["holders"]]
    assert job["id"] not in [holder["job"] for holder in holders]
    assert server.api.post(f"jobs/{job['id']}/pause").status_code == 409
    refused = server.api.post(f"chats/{chat}/turns", json={"content": "Still there?"})
    assert refused.status_code == 409
    assert f"%sw resume {job['id']}" in refused.json()["hint"]

    time.sleep(2)
    server.ask("POST", f"jobs/{job['id']}/resume")
    resumed = server.wait_for(job["id"], "running")
    assert resumed["comment"] == "keep me"
    left = resumed["release_at"] - time.time()
    assert left == pytest.approx(600 - paused["ran_before"], abs=1)
    assert paused["ran_before"] > 0
    again = answer(server, chat, "And of Italy?", temperature=0, max_tokens=16)
    assert "Rome" in again["reply"]
    states = [event["state"] for event in timeline(server, job["id"]) if event["kind"] == "state"]
    assert states == [
        *("fetching", "queued", "loading", "running", "paused"),
        *("queued", "loading", "running"),
    ]
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")


def test_a_paused_job_can_be_cancelled_and_outlives_its_server(
    tmp_path: Path, smollm2: ModelFiles
) -> None:
    with private_server(tmp_path) as first:
        job = first.run()
        first.ask("POST", f"jobs/{job['id']}/pause")
    with private_server(tmp_path) as second:
        assert second.job(job["id"])["state"] == "paused"
        second.ask("POST", f"jobs/{job['id']}/resume")
        second.wait_for(job["id"], "running")
        second.ask("POST", f"jobs/{job['id']}/pause")
        second.ask("POST", f"jobs/{job['id']}/cancel")
        ended = second.wait_for(job["id"], "cancelled")
        assert ended["reason"] == "Cancelled."
        assert ended["running_at"] is None, "it ran before its pauses only"
        assert 0 < ended["ran_before"] < ended["ended_at"] - ended["created_at"]


def test_a_turn_that_runs_when_its_job_is_paused_keeps_what_had_arrived(server: Server) -> None:
    job = server.run()
    chat = server.ask("POST", "chats", job=job["id"])["id"]
    server.ask(
        "POST",
        f"chats/{chat}/turns",
        content="Count from 1 to 1000.",
        params={"temperature": 0, "max_tokens": 4000},
    )
    wait_until(lambda: server.ask("GET", f"chats/{chat}")["turns"][0]["reply"], 20, "words")
    server.ask("POST", f"jobs/{job['id']}/pause")
    turn = wait_until(
        lambda: (t := server.ask("GET", f"chats/{chat}")["turns"][0])["state"] != "running" and t,
        5,
        "the turn ends",
    )
    assert turn["state"] == "interrupted"
    assert turn["reply"]
    server.ask("POST", f"jobs/{job['id']}/cancel")


def test_rerun_keeps_every_setting_and_what_was_changed_since(server: Server) -> None:
    job = server.run(
        name="first", project="p1", context=512, engine="llamacpp", release_after=600, comment="c"
    )
    server.ask("PATCH", f"jobs/{job['id']}", release_after=900, comment="changed", project="p2")
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    again = server.api.post(f"jobs/{job['id']}/rerun")
    assert again.status_code == 201
    assert again.headers["Location"].endswith(again.json()["id"])
    rerun = server.wait_for(again.json()["id"], "running")
    assert rerun["rerun_of"] == job["id"]
    kept = ("name", "context", "engine", "model", "handler", "resource", "dtype", "release_idle")
    assert {name: rerun[name] for name in kept} == {name: job[name] for name in kept}
    assert (rerun["release_after"], rerun["comment"], rerun["project"]) == (900, "changed", "p2")
    server.ask("POST", f"jobs/{rerun['id']}/cancel")


def test_a_job_tells_the_line_that_asks_for_it_again(server: Server) -> None:
    job = server.run(name="a name", context=512, release_after=600, release_idle=0)
    server.ask("PATCH", f"jobs/{job['id']}", release_after=5400, comment="it's {mine}")
    line = server.ask("GET", f"jobs/{job['id']}/command")["command"]
    words = shlex.split(line)
    assert words[:3] == ["%sw", "run", MODEL]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options == {
        "--version": job["version"],
        "--context": "512",
        "--name": "a name",
        "--comment": "it's {{mine}}",
        "--release": "1h30m",
        "--idle": "never",
    }
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    assert server.ask("GET", f"jobs/{job['id']}/command")["command"] == line
    assert server.api.get("jobs/nosuch/command").status_code == 404


def test_a_deleted_job_can_be_restored(server: Server) -> None:
    job = server.run()
    assert server.api.delete(f"jobs/{job['id']}").status_code == 409
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    assert server.api.delete(f"jobs/{job['id']}").status_code == 204
    assert server.api.get(f"jobs/{job['id']}").status_code == 404
    assert job["id"] not in [found["id"] for found in server.ask("GET", "jobs")["jobs"]]
    restored = server.ask("POST", f"jobs/{job['id']}/restore")
    assert restored["deleted_at"] is None
    assert server.job(job["id"])["state"] == "cancelled"
    assert server.api.get(f"jobs/{job['id']}/logs").text
    kinds = [event["kind"] for event in timeline(server, job["id"])]
    assert kinds[-2:] == ["deleted", "changed"]
    assert server.api.post("jobs/00000000/restore").status_code == 404


def test_projects_and_names(server: Server) -> None:
    made = server.api.post("projects", json={"name": "thesis"})
    assert made.status_code == 201
    assert server.ask("POST", "projects", name="thesis")["jobs"] == 0, "making it twice is harmless"
    job = server.run()
    moved = server.ask("PATCH", f"jobs/{job['id']}", project="thesis", name="chapter-3")
    assert (moved["project"], moved["name"]) == ("thesis", "chapter-3")
    assert server.job("chapter-3")["id"] == job["id"]
    counts = {p["name"]: p["jobs"] for p in server.ask("GET", "projects")["projects"]}
    assert counts["thesis"] == 1
    assert "default" in counts
    ours = server.ask("GET", "jobs?project=thesis")["jobs"]
    assert [found["id"] for found in ours] == [job["id"]]
    server.ask("POST", f"jobs/{job['id']}/cancel")


def test_every_line_of_the_timeline_has_its_cause(server: Server) -> None:
    job = server.run(release_after=600)
    server.ask("PATCH", f"jobs/{job['id']}", release_after=1)
    server.wait_for(job["id"], "released")
    told = {(event["kind"], event["cause"]) for event in timeline(server, job["id"])}
    assert ("extension", "user") in told
    assert ("state", "release clock") in told
    assert ("state", "worker") in told


def test_a_release_is_warned_about(server: Server) -> None:
    job = server.run(release_after=60.0 + 6)
    warned = wait_until(
        lambda: [e for e in timeline(server, job["id"]) if e["kind"] == "warning"], 15, "a warning"
    )
    assert len(warned) == 1
    assert warned[0]["cause"] == "release clock"
    assert warned[0]["message"].startswith("Is released in 1 min")
    assert abs(job["release_at"] - 60 - warned[0]["time"]) < 1
    server.ask("PATCH", f"jobs/{job['id']}", release_after=700.0)
    time.sleep(1)
    assert len([e for e in timeline(server, job["id"]) if e["kind"] == "warning"]) == 1
    server.ask("POST", f"jobs/{job['id']}/cancel")


def test_the_servers_bound_holds(tmp_path: Path, smollm2: ModelFiles) -> None:
    with private_server(tmp_path, "--SwApp.max_release_after=300") as bound:
        assert bound.ask("GET", "status")["max_release_after"] == 300
        for asked in (301, 0):
            refused = bound.api.post("jobs", json={"model": MODEL, "release_after": asked})
            assert refused.status_code == 400
            assert "5 min" in refused.json()["message"]
        job = bound.run()
        assert job["release_after"] == 300, "the bound is the default where there is none"
        assert bound.api.patch(f"jobs/{job['id']}", json={"release_after": 0}).status_code == 400
        assert bound.ask("PATCH", f"jobs/{job['id']}", release_after=200)["release_after"] == 200
        longer = bound.ask("PATCH", f"jobs/{job['id']}", extend=900)
        assert longer["release_at"] == pytest.approx(job["running_at"] + 300)
        refused = bound.api.patch(f"jobs/{job['id']}", json={"extend": 60})
        assert refused.status_code == 409
        assert "no job runs longer than 5 min" in refused.json()["message"]
        both = bound.api.patch(f"jobs/{job['id']}", json={"extend": 60, "release_after": 60})
        assert both.status_code == 400


def test_only_the_newest_ended_jobs_are_kept(tmp_path: Path, smollm2: ModelFiles) -> None:
    with private_server(tmp_path) as server:
        ids = []
        for _ in range(3):
            job = server.ask("POST", "jobs", model=MODEL)
            server.ask("POST", f"jobs/{job['id']}/cancel")
            ids.append(server.wait_for(job["id"], "cancelled")["id"])
    logs = next(tmp_path.rglob("sw.sqlite")).parent / "logs"
    logs.mkdir(exist_ok=True)
    for key in ids:
        (logs / f"{key}.log").touch()
    with private_server(tmp_path, "--SwApp.keep_ended=1") as server:
        wait_until(
            lambda: [job["id"] for job in server.ask("GET", "jobs")["jobs"]] == ids[-1:],
            5,
            "the newest one is left",
        )
        wait_until(lambda: not list(logs.glob(f"{ids[0]}*")), 5, "the log of the oldest is gone")
        assert list(logs.glob(f"{ids[-1]}*")), "and that of the newest is not"
    with private_server(tmp_path) as server:
        assert [job["id"] for job in server.ask("GET", "jobs")["jobs"]] == ids[-1:]
