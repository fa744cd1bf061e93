"""How soon memory comes back, and how much a worker takes besides its model."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import psutil

from benchmarks.bounds import under
from benchmarks.measure import Series, in_turn
from benchmarks.rows import Row
from jupyter_sw.jobs.planning import cache_tokens
from jupyter_sw.models import memory
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.jobs import Engine
from tests.support import MODEL, STORE, Server, process_gone

_AT_MOST = 600  # MB


def rows(server: Server, bare: Callable[[], subprocess.Popen[str]], runs: int) -> list[Row]:
    """Measure; `bare` starts a process that holds the model and returns when it does."""
    seconds = in_turn(runs, killed=lambda: _killed(bare()), cancelled=lambda: _cancelled(server))
    added = Series(
        [a - b for a, b in zip(seconds["cancelled"].values, seconds["killed"].values, strict=True)]
    )
    return [
        Row("SIGKILL of a bare process to its end, s", seconds["killed"]),
        Row("cancel to memory and grant back, s", seconds["cancelled"]),
        Row("cancel over SIGKILL, s more", added, under(1)),
        *_beside_the_model(server),
    ]


def _killed(process: subprocess.Popen[str]) -> float:
    began = time.perf_counter()
    process.kill()
    process.wait()
    return time.perf_counter() - began


def _cancelled(server: Server) -> float:
    job = server.run(engine="llamacpp")
    began = time.perf_counter()
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    spent = time.perf_counter() - began
    assert process_gone(job["pid"])
    return spent


def _beside_the_model(server: Server) -> list[Row]:
    """Measure what a worker holds over its weights and cache, where these are in its memory."""
    job = server.run(engine="llamacpp")
    files = Registry(STORE).plan(MODEL, None, Engine.LLAMACPP).files
    assert files is not None
    need = memory.need(files, engine=Engine.LLAMACPP, context=cache_tokens(job["context"], []))
    held = psutil.Process(job["pid"]).memory_info().rss
    server.ask("POST", f"jobs/{job['id']}/cancel")
    server.wait_for(job["id"], "cancelled")
    if any(part["device"] != "cpu" for part in job["grant"]):
        return []
    beside = Series([float(held - need.weights - need.kv_cache) / 1e6])
    what = "worker's memory over its weights and cache, llamacpp, MB"
    return [Row(what, beside, under(_AT_MOST))]
