"""From `run` to the first streamed token, against a script that does only that."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.bounds import at_least
from benchmarks.measure import Series, in_turn, ratios
from benchmarks.rows import Row
from tests.support import MODEL, Server, private_server, wait_until

ROOT = Path(__file__).parents[1]


def bare(kind: str, path: str, dtype: str = "float32") -> float:
    """Return the seconds from spawning a script to the first token it prints."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare", kind, path, dtype],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.read(1) == b"."
        return time.perf_counter() - began
    finally:
        process.kill()
        process.wait()


def ours(server: Server, request: dict[str, object], *, standby: bool) -> float:
    """Return the seconds from submitting a job to the first token its chat streams."""
    if standby:
        _wait_for_standby(server, str(request["engine"]))
    began = time.perf_counter()
    job = server.ask("POST", "jobs", **request)
    first = _first_token(server, job["id"])
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    return first - began


def rows(cold: Server, home: Path, gguf: str, safetensors: str, runs: int) -> list[Row]:
    """Measure both engines; `cold` is a server without standby workers."""
    found = []
    with private_server(home, "--SwApp.standby_workers=1") as waiting:
        for engine, path in (("llamacpp", gguf), ("transformers", safetensors)):
            # A run makes this engine the one that is prepared for.
            job = waiting.run(engine=engine, dtype="float32")
            waiting.ask("POST", f"jobs/{job['id']}/cancel")
            waiting.wait_for(job["id"], "cancelled")
            seconds = measure(waiting, cold, runs, path, engine=engine, dtype="float32")
            script, without, standby = (seconds[n] for n in ("script", "without", "standby"))
            alone, prepared = ratios(script, without), ratios(script, standby)
            what = f"first token, {engine}"
            found += [
                Row(f"{what}, bare script, s", script),
                Row(f"{what}, `run` without standby, s", without),
                Row(f"{what}, `run` with standby, s", standby),
                Row(f"{what}: script over run", alone, at_least(1)),
                Row(f"{what}: script over run with standby", prepared, at_least(2)),
            ]
    return found


def measure(
    waiting: Server, cold: Server, runs: int, path: str, **request: object
) -> dict[str, Series]:
    """Return the seconds of a bare script, of a run from nothing, of a run with a standby."""
    asked = {"model": MODEL, **request}
    kind, dtype = str(asked["engine"]), str(asked.get("dtype", "float32"))

    def with_standby() -> float:
        return ours(waiting, asked, standby=True)

    def without() -> float:
        _wait_for_standby(waiting, kind)  # it imports while nothing is measured
        return ours(cold, asked, standby=False)

    def script() -> float:
        _wait_for_standby(waiting, kind)
        return bare(kind, path, dtype)

    return in_turn(runs, script=script, without=without, standby=with_standby)


def _first_token(server: Server, job: str) -> float:
    body = {
        "model": job,
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 4,
        "temperature": 0,
        "stream": True,
    }
    server.wait_for(job, "running", timeout=300)
    with server.api.stream("POST", f"{server.url}jupyter-sw/v1/chat/completions", json=body) as got:
        got.raise_for_status()
        for line in got.iter_lines():
            if line.startswith("data: {") and _has_text(json.loads(line[6:])):
                return time.perf_counter()
    raise httpx.HTTPError("no token came")


def _has_text(chunk: dict[str, list[dict[str, dict[str, str]]]]) -> bool:
    return any(choice.get("delta", {}).get("content") for choice in chunk["choices"])


def _wait_for_standby(server: Server, engine: str) -> None:
    """Return when a worker for `engine` is on standby."""

    def ready() -> bool:
        found = server.ask("GET", "status")["standby"]
        return any(one["engine"] == engine and one["ready"] for one in found)

    wait_until(ready, 120, f"a standby for {engine}")
