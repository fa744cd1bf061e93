"""A server with a thousand ended jobs and fifty live ones: list, events, event loop.

Everything is real but the engine: fifty worker processes on simulated devices, a whole Jupyter
Server, ten subscribers of its event bus over websockets.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.store import JobStore
from jupyter_sw.schemas.jobs import Job, JobEvent, JobRequest, JobState
from jupyter_sw.schemas.models import Handler
from tests.standin.model import tiny_gguf
from tests.support import REPO, isolated_environment, wait_until

ENDED, LIVE, SUBSCRIBERS = 1000, 50, 10
LOOKS, CHANGES = 200, 100
TOKEN = "load"


def p95(values: list[float]) -> float:
    """Return what all but one in twenty stay under."""
    return statistics.quantiles(values, n=20)[-1]


async def fill(directory: Path) -> None:
    """Write the ended jobs as the server would have."""
    database = Database.in_directory(directory)
    await database.open()
    store = JobStore(database)
    for number in range(ENDED):
        job = Job(
            id=f"{number:08x}",
            name=f"job {number}",
            model="starwhale/public/smollm2-135m-chat/b179c952",
            model_name="smollm2-135m-chat",
            handler=Handler.CHATBOT,
            resource="auto",
            runtime="builtin",
            engine="llamacpp",
            dtype="Q4_1",
            project="default",
            owner={"user": "somebody", "client": "notebook", "notebook": "work/thesis.ipynb"},
            state=JobState.RELEASED,
            reason="Auto-released after 30 min.",
            created_at=time.time() - 3600 - number,
            ended_at=time.time() - 1800 - number,
        )
        event = JobEvent(
            job=job.id, time=time.time(), kind="state", state=job.state, message=job.reason
        )
        await store.add(job, JobRequest(model=job.model), event)
    await database.close()


@contextmanager
def jupyter(home: Path, probe: Path) -> Iterator[httpx.Client]:
    """Start the server and yield a client of it."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.standin.jupyter", "--no-browser", "--allow-root"),
                *(f"--port={port}", f"--IdentityProvider.token={TOKEN}"),
                "--SwApp.simulated_devices=A100 80G*2",
            ],
            cwd=REPO,
            env={
                **isolated_environment(home),
                "SW_TEST_PROBE": str(probe),
                "PYTHONPATH": str(REPO),
            },
            stdout=log,
            stderr=log,
        )
    headers = {"Authorization": f"token {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/", headers=headers, timeout=60) as api:

        def answers() -> bool:
            try:
                return api.get("jupyter-sw/api/status").is_success
            except httpx.TransportError:
                return False

        try:
            wait_until(answers, 60, "the server")
            yield api
        finally:
            process.terminate()
            process.wait(60)


async def event_delays(api: httpx.Client, job: str) -> list[float]:
    """Return the seconds from asking for a change until each subscriber was told of it."""
    url = f"ws{str(api.base_url)[4:]}api/events/subscribe"
    request = HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"})
    sockets = [await websocket_connect(request) for _ in range(SUBSCRIBERS)]
    delays: list[float] = []
    async with httpx.AsyncClient(base_url=api.base_url, headers=api.headers) as client:
        for number in range(CHANGES):
            mark = f"change {number}"
            heard = [asyncio.ensure_future(_hears(one, mark)) for one in sockets]
            asked = time.perf_counter()
            answer = await client.patch(f"jupyter-sw/api/jobs/{job}", json={"comment": mark})
            answer.raise_for_status()
            delays += [at - asked for at in await asyncio.gather(*heard)]
            await asyncio.sleep(0.05)
    for one in sockets:
        one.close()
    return delays


async def _hears(one: WebSocketClientConnection, mark: str) -> float:
    while True:
        message = await one.read_message()
        assert message is not None, "the server closed the socket"
        event: dict[str, Any] = json.loads(message)
        if event.get("news", {}).get("job", {}).get("comment") == mark:
            return time.perf_counter()


def measure(home: Path) -> tuple[float, float, float]:
    """Return p95 of the list, p95 of an event, and the event loop's longest delay; seconds."""
    store = home / "data" / "jupyter_sw"
    store.mkdir(parents=True)
    asyncio.run(fill(store))
    probe = home / "probe"
    with jupyter(home, probe) as api:
        model = tiny_gguf(home)
        ids = []
        for _ in range(LIVE):
            answer = api.post("jupyter-sw/api/jobs", json={"model": model, "resource": "gpu:1"})
            answer.raise_for_status()
            ids.append(answer.json()["id"])

        def running() -> bool:
            found = api.get("jupyter-sw/api/jobs?state=running").json()["jobs"]
            return len(found) == LIVE

        wait_until(running, 300, "fifty jobs run")
        time.sleep(3)  # the starts' own load is over
        probe.write_text("")
        looks = []
        for _ in range(LOOKS):
            began = time.perf_counter()
            answer = api.get("jupyter-sw/api/jobs")
            looks.append(time.perf_counter() - began)
            assert len(answer.json()["jobs"]) == ENDED + LIVE
            time.sleep(0.02)
        delays = asyncio.run(event_delays(api, ids[0]))
        return p95(looks), p95(delays), float(probe.read_text() or 0)
