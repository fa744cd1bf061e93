"""Memory runs out while loading; what was measured corrects the next estimate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.jobs.planning import corrected_need
from jupyter_sw.schemas.models import MemoryNeed
from jupyter_sw.worker.shortage import ran_out_of_memory
from tests.standin.model import tiny_gguf
from tests.support import Server, private_server


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: Any) -> Iterator[Server]:
    """Start a server whose workers have room for so many tokens."""
    monkeypatch.setenv("SW_TEST_ROOM", str(request.param))
    with private_server(tmp_path, module="tests.standin.server") as server:
        yield server


def events(server: Server, job: str) -> list[dict[str, Any]]:
    return list(server.ask("GET", f"jobs/{job}/events")["events"])


@pytest.mark.parametrize("short", [600], indirect=True)
def test_a_smaller_cache_is_tried_once(short: Server, tmp_path: Path) -> None:
    job = short.ask("POST", "jobs", model=tiny_gguf(tmp_path), context=400)
    short.wait_for(job["id"], "running")
    (warning,) = [e for e in events(short, job["id"]) if e["kind"] == "warning"]
    assert "Memory ran out while loading" in warning["message"]
    assert "a cache of 400 tokens instead of 800" in warning["message"]
    states = [e["state"] for e in events(short, job["id"]) if e["kind"] == "state"]
    assert states == ["fetching", "queued", "loading", "running"]


@pytest.mark.parametrize("short", [300], indirect=True)
def test_the_second_time_it_fails_with_the_numbers(short: Server, tmp_path: Path) -> None:
    job = short.ask("POST", "jobs", model=tiny_gguf(tmp_path), context=400)
    failed = short.wait_for(job["id"], "failed")
    assert "MiB were granted, and a cache of 400 tokens" in failed["reason"]
    assert "--context than 400" in failed["hint"]
    assert failed["grant"] == []


@pytest.mark.parametrize("short", [10**8], indirect=True)
def test_what_a_job_took_is_asked_for_by_the_next(short: Server, tmp_path: Path) -> None:
    model = tiny_gguf(tmp_path)

    def run() -> dict[str, Any]:
        job = short.ask("POST", "jobs", model=model)
        running = short.wait_for(job["id"], "running")
        short.wait_for(job["id"], "running")
        while short.job(job["id"])["metrics"]["memory"] is None:
            pass
        short.ask("POST", f"jobs/{job['id']}/cancel")
        short.wait_for(job["id"], "cancelled")
        return running

    first, second = run(), run()
    assert second["grant"][0]["bytes"] < first["grant"][0]["bytes"]
    assert any("as measured before" in e["message"] for e in events(short, second["id"]))


def test_never_less_than_weights_and_cache() -> None:
    need = MemoryNeed(dtype="f", context=1, slots=1, weights=100, kv_cache=50, overhead=30)
    assert corrected_need(need, None) == 180
    assert corrected_need(need, 10) == 150
    assert corrected_need(need, 200) == 210


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of", True),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes.", True),
        ("MPS backend out of memory (MPS allocated: 5.00 GB)", True),
        ("size mismatch for lm_head.weight", False),
    ],
)
def test_it_is_told_by_the_libraries_words(text: str, found: bool) -> None:
    error = ValueError("could not load")
    error.__cause__ = RuntimeError(text)
    assert ran_out_of_memory(error) is found
