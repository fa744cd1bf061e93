"""What a whole Jupyter Server's /metrics tells of jobs, and what keeps it alive."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import openai
import pytest

from jupyter_sw.server.app import SwApp
from tests.faults.test_store import jupyter_server
from tests.standin.model import tiny_gguf
from tests.support import REPO, STORE, events, isolated_environment, wait_until


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """Return a client of a Jupyter Server with stand-in workers."""
    monkeypatch.setenv("SW_TEST_PROBE", str(tmp_path / "probe"))
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    devices = "--SwApp.simulated_devices=A100 80G*1"
    with jupyter_server(tmp_path, devices, module="tests.standin.jupyter") as client:
        yield client


def metric(api: httpx.Client, name: str) -> float | None:
    """Return a metric's value, None when it isn't told."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", api.get("metrics").text, re.MULTILINE)
    return float(found[1]) if found else None


def test_a_job_is_counted(api: httpx.Client, tmp_path: Path) -> None:
    ours = "jupyter-sw/api/"
    body = {"model": tiny_gguf(tmp_path), "resource": "gpu:1", "release_after": 600}
    job = api.post(f"{ours}jobs", json=body).json()["id"]
    wait_until(lambda: api.get(f"{ours}jobs/{job}").json()["state"] == "running", 20, "it runs")
    assert metric(api, 'jupyter_sw_jobs{state="running"}') == 1
    granted = api.get(f"{ours}jobs/{job}").json()["grant"][0]
    assert metric(
        api, f'jupyter_sw_granted_bytes{{device="{granted["device"]} (simulated)"}}'
    ) == pytest.approx(granted["bytes"])
    assert metric(api, "jupyter_sw_queue_seconds_count") == 1
    assert metric(api, "jupyter_sw_load_seconds_count") == 1

    chat = api.post(f"{ours}chats", json={"job": job}).json()["id"]
    api.post(f"{ours}chats/{chat}/turns", json={"content": "Hi", "params": {"max_tokens": 5}})
    with api.stream("GET", f"{ours}chats/{chat}/turns/0") as stream:
        assert list(events(stream))
    client = openai.OpenAI(base_url=f"{api.base_url}jupyter-sw/v1", api_key="secret")
    for stream_it in (True, False):
        answer = client.chat.completions.create(
            model=job,
            messages=[{"role": "user", "content": "Hi"}],
            max_tokens=5,
            stream=stream_it,  # type: ignore[call-overload]
        )
        assert list(answer)
    wait_until(lambda: metric(api, "jupyter_sw_first_token_seconds_count") == 3, 5, "three replies")
    assert metric(api, "jupyter_sw_tokens_per_second_count") == 3

    api.patch(f"{ours}jobs/{job}", json={"release_after": 0.1})
    released = 'jupyter_sw_jobs_ended_total{cause="release clock",state="released"}'
    wait_until(lambda: metric(api, released) == 1, 5, "the release is counted")
    assert metric(api, 'jupyter_sw_jobs{state="running"}') == 0


def test_looking_is_not_activity(api: httpx.Client) -> None:
    before = api.get("api/status").json()["last_activity"]
    for path in ("jobs", "devices", "status", "models"):
        assert api.get(f"jupyter-sw/api/{path}").is_success
    assert api.get("api/status").json()["last_activity"] == before
    api.post("jupyter-sw/api/projects", json={"name": "new"})
    assert api.get("api/status").json()["last_activity"] > before


@pytest.mark.parametrize(("keep", "activity"), [(True, 2), (False, 0)])
def test_jobs_keep_an_idle_server_alive_by_setting(keep: bool, activity: int) -> None:
    app = SwApp(keep_server_alive=keep)
    app.house = SimpleNamespace(live_jobs=2)  # type: ignore[assignment]
    assert app.current_activity() == activity


TWO_SERVERS = """
import asyncio, sys
from pathlib import Path
from prometheus_client import generate_latest
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.runners.local import LocalRunner
from jupyter_sw.schemas.jobs import JobRequest
from jupyter_sw.server.house import House

LocalRunner.module = "tests.standin.worker"

def house(home):
    settings = JobSettings(data_dir=home, model_store=Path(sys.argv[2]))
    return House(settings, lambda news: None)

async def main():
    home = Path(sys.argv[1])
    houses = [house(home / "one"), house(home / "two")]
    for one in houses:
        await one.started()
        job = await one.jobs.submit(JobRequest(model=sys.argv[3]))
        while one.jobs.book.get(job.id).state.value != "running":
            await asyncio.sleep(0.02)
    print(generate_latest().decode())
    for one in houses:
        await one.stop()

asyncio.run(main())
"""


def test_two_servers_in_one_process_are_counted_together(tmp_path: Path) -> None:
    words = (TWO_SERVERS, str(tmp_path), str(STORE), tiny_gguf(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", *words],
        env=isolated_environment(tmp_path),
        cwd=REPO,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert 'jupyter_sw_jobs{state="running"} 2.0' in done.stdout
    assert "jupyter_sw_load_seconds_count 2.0" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_jupyter_stops_an_idle_server_and_not_one_with_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jupyter looks once a minute; polling is not activity, a running job is."""
    monkeypatch.setenv("SW_TEST_PROBE", str(tmp_path / "probe"))
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    idle_after = "--ServerApp.shutdown_no_activity_timeout=20"
    module = "tests.standin.jupyter"

    def polled(api: httpx.Client) -> bool:
        try:
            return not api.get("jupyter-sw/api/jobs").is_success
        except httpx.TransportError:
            return True

    for home in ("idle", "busy"):
        (tmp_path / home).mkdir()
    with (
        jupyter_server(tmp_path / "busy", idle_after, module=module) as busy,
        jupyter_server(tmp_path / "idle", idle_after, module=module) as idle,
    ):
        job = busy.post("jupyter-sw/api/jobs", json={"model": tiny_gguf(tmp_path)}).json()["id"]
        wait_until(lambda: polled(idle), 130, "Jupyter stops the idle server")
        time.sleep(5)  # the other one has begun before it, and was looked at before it
        assert busy.get(f"jupyter-sw/api/jobs/{job}").json()["state"] == "running"
        busy.post(f"jupyter-sw/api/jobs/{job}/cancel")
        wait_until(lambda: polled(busy), 130, "without its job it is idle, too")
