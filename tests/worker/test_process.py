"""The process itself: how it starts, who may speak to it, how it ends."""

from __future__ import annotations

import signal
import stat
import time
from pathlib import Path

import httpx
import pytest

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import Lease, Stage
from tests.support import wait_until
from tests.worker.helpers import TOKEN, Worker, make_spec, running_worker


def test_answers_before_the_model_is_loaded_and_runs_within_seconds(
    smollm2: ModelFiles, log: Path
) -> None:
    with running_worker(make_spec(smollm2, Engine.LLAMACPP), log) as worker:
        started = time.monotonic()
        first = wait_until(worker.health_or_none, 10, "an answer")
        assert first.stage is not Stage.RUNNING
        status, error = worker.refusal("Hello")
        assert status == 503
        assert error["code"] == "not_ready"
        health = worker.wait_for(Stage.RUNNING)
        assert time.monotonic() - started < 10
        assert health.engine is not None
        assert health.engine.engine is Engine.LLAMACPP
        assert health.engine.dtype == "Q4_1"
        assert health.metrics.memory
        assert worker.http.get("/v1/models").json()["data"][0]["id"] == smollm2.name


def test_the_socket_is_private_and_the_token_secret(llamacpp: Worker) -> None:
    for path in Path(llamacpp.spec.socket).parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(Path(llamacpp.spec.socket).stat().st_mode) == 0o600
    process = Path(f"/proc/{llamacpp.process.pid}")
    if process.exists():
        assert TOKEN.encode() not in (process / "cmdline").read_bytes()
        assert TOKEN.encode() not in (process / "environ").read_bytes()
    assert TOKEN not in llamacpp.log.read_text()


@pytest.mark.parametrize("path", ["/health", "/v1/models", "/nothing"])
@pytest.mark.parametrize("header", [{}, {"Authorization": f"Bearer {TOKEN}x"}])
def test_nothing_is_answered_without_the_token(
    llamacpp: Worker, path: str, header: dict[str, str]
) -> None:
    with httpx.Client(
        transport=httpx.HTTPTransport(uds=llamacpp.spec.socket), base_url="http://worker"
    ) as stranger:
        answer = stranger.get(path, headers=header)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "forbidden"


def test_ends_quickly_on_sigterm(smollm2: ModelFiles, log: Path) -> None:
    with running_worker(make_spec(smollm2, Engine.LLAMACPP), log) as worker:
        worker.wait_for(Stage.RUNNING)
        next(worker.chat_stream("Tell me a long story."))
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(timeout=1) == 0
        assert not list(Path(worker.spec.socket).parent.iterdir())


def test_ends_when_nobody_renews_its_lease(smollm2: ModelFiles, log: Path) -> None:
    spec = make_spec(smollm2, Engine.LLAMACPP, lease_seconds=3.0)
    with running_worker(spec, log) as worker:
        started = time.monotonic()
        while time.monotonic() - started < 4:  # with renewals it outlives the first lease
            wait_until(worker.health_or_none, 5, "an answer")
            worker.http.post("/lease", json=Lease(seconds=3).model_dump())
            time.sleep(0.3)
        assert worker.process.poll() is None
        assert worker.process.wait(timeout=5) == 3


def test_never_outlives_its_release_time(smollm2: ModelFiles, log: Path) -> None:
    with running_worker(make_spec(smollm2, Engine.LLAMACPP), log) as worker:
        worker.wait_for(Stage.RUNNING)
        release_at = time.time() + 1.5
        lease = Lease(seconds=60, release_in=1.5)
        answer = worker.http.post("/lease", json=lease.model_dump())
        assert answer.json()["stage"] == "running"
        assert worker.process.wait(timeout=4) == 0
        assert 0 <= time.time() - release_at < 1


@pytest.mark.parametrize("engine", [Engine.LLAMACPP, Engine.TRANSFORMERS])
def test_a_model_that_cannot_be_loaded_is_explained(
    smollm2: ModelFiles, log: Path, tmp_path: Path, engine: Engine
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, but nothing more than that")
    files = smollm2.model_copy(update={"path": str(broken)})
    with running_worker(make_spec(files, engine, store=str(tmp_path)), log) as worker:
        health = worker.wait_for(Stage.FAILED)
        assert health.error is not None
        assert health.error["reason"] == "engine_failed"
        assert "broken.gguf" in health.error["message"]
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(timeout=2) == 4
