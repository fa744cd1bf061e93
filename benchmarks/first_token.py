"""From `run` to the first streamed token, against a script that does only that."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.bounds import at_least
from benchmarks.measure import Series, in_turn, ratios
from benchmarks.rows import Row
from tests.support import MODEL, Server, private_server, wait_until

ROOT = Path(__file__).parents[1]


class Bare(NamedTuple):
    """How long a script took."""

    total: float
    """Seconds from spawning it to its first token."""
    working: float
    """Seconds of them after its imports: what loading and a first token take at least."""


def bare(kind: str, path: str, dtype: str = "float32") -> Bare:
    """Run a script to its first token."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.bare", kind, path, dtype],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.read(1) == b","
        imported = time.perf_counter()
        assert process.stdout.read(1) == b"."
        ended = time.perf_counter()
        return Bare(ended - began, ended - imported)
    finally:
        process.kill()
        process.wait()


def ours(server: Server, request: dict[str, str], *, standby: bool) -> float:
    """Return the seconds from submitting a job to the first token its chat streams."""
    if standby:
        _wait_for_standby(server, request["engine"])
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
        # The safetensors by their directory: by its name, the hub would be asked for newer ones.
        for engine, path, model in (
            ("llamacpp", gguf, MODEL),
            ("transformers", safetensors, safetensors),
        ):
            asked = {"model": model, "engine": engine, "dtype": "float32"}
            # A run makes this engine the one that is prepared for.
            job = waiting.run(**asked)
            waiting.ask("POST", f"jobs/{job['id']}/cancel")
            waiting.wait_for(job["id"], "cancelled")
            seconds = measure(waiting, cold, runs, path, asked)
            script, without, standby = (seconds[n] for n in ("script", "without", "standby"))
            working = seconds["working"]
            alone, prepared = ratios(script, without), ratios(script, standby)
            what = f"first token, {engine}"
            found += [
                Row(f"{what}, bare script, s", script),
                Row(f"{what}, bare script after its imports, s", working),
                Row(f"{what}, `run` without standby, s", without),
                Row(f"{what}, `run` with standby, s", standby),
                Row(f"{what}: script over run", alone, at_least(1)),
                Row(f"{what}: script over run with standby", prepared, at_least(2)),
                Row(f"{what}: script over itself after its imports", ratios(script, working)),
            ]
    return [Row("a worker's own start, before its engine's, s", own_start(runs)), *found]


def own_start(runs: int) -> Series:
    """Return the seconds of interpreter and imports that a worker has before those of its engine.

    A run without a standby can't do without them, and a script has none.
    """

    def once() -> float:
        began = time.perf_counter()
        command = [sys.executable, "-c", "import jupyter_sw.worker.__main__"]
        subprocess.run(command, check=True, cwd=ROOT)
        return time.perf_counter() - began

    return in_turn(runs, start=once)["start"]


def measure(
    waiting: Server, cold: Server, runs: int, path: str, asked: dict[str, str]
) -> dict[str, Series]:
    """Return the seconds of a bare script, of a run from nothing, of a run with a standby.

    And, as `working`, those of the script after its imports: nothing that has only the imports
    behind it can be quicker.
    """
    kind, dtype = asked["engine"], asked["dtype"]

    def with_standby() -> float:
        return ours(waiting, asked, standby=True)

    def without() -> float:
        _wait_for_standby(waiting, kind)  # it imports while nothing is measured
        return ours(cold, asked, standby=False)

    working: list[float] = []

    def script() -> float:
        _wait_for_standby(waiting, kind)
        took = bare(kind, path, dtype)
        working.append(took.working)
        return took.total

    seconds = in_turn(runs, script=script, without=without, standby=with_standby)
    return {**seconds, "working": Series(working[-runs:])}  # the first round was not counted


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
