"""A job's way, as a client sees it: real server, real worker, real model."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx
import psutil
import pytest

from jupyter_sw.schemas.models import ModelFiles
from tests.support import MODEL, Server, events, private_server, process_gone, wait_until


def test_a_job_runs_tells_its_way_and_gives_everything_back(server: Server) -> None:
    submitted = server.ask("POST", "jobs", model=MODEL, release_after=600)
    assert submitted["state"] == "fetching"
    states = []
    with server.api.stream(
        "GET", f"jobs/{submitted['id']}/events", params={"follow": "true"}
    ) as news:
        for name, data in events(news):
            assert name == "job"
            job = data["job"]
            if not states or states[-1] != job["state"]:
                states.append(job["state"])
            if job["state"] == "running":
                break
    assert states[-1] == "running"
    assert states == sorted(states, key=["fetching", "queued", "loading", "running"].index)
    assert job["engine"] == "llamacpp"
    assert job["version"]
    assert job["grant"][0]["device"] == "cpu"
    assert job["grant"][0]["bytes"] > 90 * 2**20
    assert job["release_at"] == pytest.approx(job["running_at"] + 600)
    assert psutil.pid_exists(job["pid"])

    log = server.api.get(f"jobs/{job['id']}/logs")
    assert "INFO" in log.text
    assert int(log.headers["X-Next-Offset"]) == len(log.content)

    (line,) = server.ask("GET", f"jobs/{job['id']}/logs/search?text=serving+JOB")["lines"]
    assert line["level"] == "INFO"
    assert log.text[line["offset"] :].startswith(line["text"])
    assert server.api.get(f"jobs/{job['id']}/logs/search?level=loud").status_code == 400
    file = server.api.get(f"jobs/{job['id']}/logs", params={"download": "true"})
    assert file.text.startswith(log.text)
    assert job["id"] in file.headers["Content-Disposition"]

    asked = time.monotonic()
    cancelled = server.ask("POST", f"jobs/{job['id']}/cancel")
    assert cancelled["state"] == "cancelling"
    ended = server.wait_for(job["id"], "cancelled")
    wait_until(lambda: process_gone(job["pid"]), 5, "the worker's process is gone")
    assert time.monotonic() - asked < 5
    assert ended["grant"] == []
    assert ended["pid"] is None
    assert ended["ended_at"]
    told = [event["message"] for event in server.ask("GET", f"jobs/{job['id']}/events")["events"]]
    assert told[0].startswith("Submitted")
    assert any("Granted" in message for message in told)
    running = next(message for message in told if message.startswith("Running on cpu"))
    assert re.search(r": llamacpp \S+, Q4_1, 8 replies at once\.$", running), running
    assert told[-1] == "Cancelled."
    again = server.api.post(f"jobs/{job['id']}/cancel")
    assert again.status_code == 409
    assert "cancelled already" in again.json()["message"]
    assert server.api.get(f"jobs/{job['id']}/logs").text, "the log stays"
    assert server.api.delete(f"jobs/{job['id']}").status_code == 204
    assert server.api.get(f"jobs/{job['id']}").status_code == 404


def test_auto_release_comes_on_time_and_says_why(server: Server) -> None:
    job = server.run(release_after=3)
    ended = server.wait_for(job["id"], "released")
    assert 0 <= ended["ended_at"] - job["release_at"] < 1
    assert ended["reason"] == "Auto-released after 3 s."
    assert process_gone(job["pid"])


def test_idle_release_counts_from_the_last_answer_and_not_from_looking(server: Server) -> None:
    job = server.run(release_idle=4)
    chat = server.ask("POST", "chats", job=job["id"])
    time.sleep(2)
    server.ask("POST", f"chats/{chat['id']}/turns", content="Hi", params={"max_tokens": 4})
    with server.api.stream("GET", f"chats/{chat['id']}/turns/0") as stream:
        *_, (_, turn) = events(stream)
    assert turn["state"] == "done"
    ended = server.wait_for(job["id"], "released")  # polls all the while
    assert 0 <= ended["ended_at"] - (turn["ended_at"] + 4) < 1
    assert "without activity" in ended["reason"]


def test_extending_moves_the_release_and_never_takes_it_away(server: Server) -> None:
    job = server.run(release_after=3)
    longer = server.ask("PATCH", f"jobs/{job['id']}", release_after=600)
    assert longer["release_at"] == pytest.approx(job["running_at"] + 600)
    never = server.ask("PATCH", f"jobs/{job['id']}", release_after=0, release_idle=0)
    assert never["release_at"] is None
    time.sleep(3.5)
    assert server.job(job["id"])["state"] == "running"
    server.ask("PATCH", f"jobs/{job['id']}", release_after=0.5)
    ended = server.wait_for(job["id"], "released")
    refused = server.api.patch(f"jobs/{ended['id']}", json={"release_after": 60})
    assert refused.status_code == 409


def test_a_job_can_be_cancelled_while_it_loads(server: Server) -> None:
    job = server.ask("POST", "jobs", model=MODEL)
    loading = server.wait_for(job["id"], "loading", "running")
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    assert not loading["pid"] or process_gone(loading["pid"])


def test_a_worker_that_dies_fails_its_job_with_a_reason(server: Server) -> None:
    job = server.run()
    psutil.Process(job["pid"]).kill()
    failed = wait_until(
        lambda: (found := server.job(job["id"]))["state"] == "failed" and found, 5, "failed"
    )
    assert "signal 9" in failed["reason"]
    assert failed["hint"]


def test_too_large_for_this_machine_is_refused_at_submit(
    tmp_path: Path, smollm2: ModelFiles
) -> None:
    with private_server(tmp_path / "s", "--SwApp.simulated_devices=Tiny 0.05G*1") as small:
        answer = small.api.post("jobs", json={"model": MODEL, "resource": "gpu"})
        unfetched = small.api.post("jobs", json={"model": "llama2-70b-chat"})
    assert answer.status_code == unfetched.status_code == 422, answer.text
    assert "needs" in answer.json()["message"]
    assert "llama2-70b-chat needs" in unfetched.json()["message"], "before 140 GB are downloaded"


@pytest.mark.slow
def test_a_worker_outlives_its_server_but_not_its_release_time(
    tmp_path: Path, smollm2: ModelFiles
) -> None:
    with private_server(tmp_path) as doomed:
        job = doomed.run(release_after=10)
        doomed.kill()
        assert not process_gone(job["pid"]), "a dead server ends no model by itself"
        wait_until(lambda: process_gone(job["pid"]), job["release_at"] - time.time() + 1, "release")
        assert time.time() < job["release_at"] + 1
    with private_server(tmp_path) as next_one:
        found = next_one.job(job["id"])
        assert found["state"] == "released"
        assert found["reason"].startswith("Auto-released after 10 s, by the worker itself")
        assert found["ended_at"] == pytest.approx(job["release_at"], abs=0.01)
        assert next_one.api.get(f"jobs/{job['id']}/logs").text, "the log stays"


def test_a_server_that_stops_leaves_no_worker(tmp_path: Path, smollm2: ModelFiles) -> None:
    with private_server(tmp_path) as stopped:
        job = stopped.run()
        stopped.stop()
        assert process_gone(job["pid"])
    with private_server(tmp_path) as next_one:
        found = next_one.job(job["id"])
        assert found["state"] == "released"
        assert "server stopped" in found["reason"].lower()


def test_a_private_server_leaves_when_nobody_needs_it(tmp_path: Path) -> None:
    with private_server(tmp_path, "--PrivateApp.idle_timeout=1") as lonely:
        lonely.ask("GET", "status")
        assert lonely.process.wait(10) == 0
        assert not lonely.runtime_file.exists()
        with pytest.raises(httpx.ConnectError):
            lonely.api.get("status")


def test_a_private_server_that_cannot_open_its_store_does_not_stay(tmp_path: Path) -> None:
    (tmp_path / "no-directory").write_text("")
    with pytest.raises(AssertionError, match="The store cannot be opened"):
        Server(tmp_path, f"--SwApp.data_dir={tmp_path / 'no-directory'}")


def test_no_token_is_told_to_anybody(server: Server) -> None:
    job = server.run()
    worker = psutil.Process(job["pid"])
    heard = " ".join(worker.cmdline()) + str(worker.environ())
    heard += server.log.read_text() + server.api.get(f"jobs/{job['id']}/logs").text
    heard += server.api.get("jobs").text
    assert server.token not in heard
    server.ask("POST", f"jobs/{job['id']}/cancel")
