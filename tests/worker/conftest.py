"""Workers that several modules share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import Stage
from tests.worker.helpers import Worker, make_spec, running_worker
from tests.worker.tiny import build_tiny_llama2


@pytest.fixture(scope="session")
def tiny_llama2(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """Return a random model of Llama 2's shape with Llama 2's chat template."""
    return build_tiny_llama2(tmp_path_factory.mktemp("tiny-llama2"))


@pytest.fixture(scope="module")
def llamacpp(smollm2: ModelFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Return a running worker with the real model on llama.cpp."""
    spec = make_spec(smollm2, Engine.LLAMACPP)
    with running_worker(spec, tmp_path_factory.mktemp("llamacpp") / "log") as worker:
        worker.wait_for(Stage.RUNNING)
        yield worker


@pytest.fixture(scope="module")
def transformers(smollm2: ModelFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Return a running worker with the real model, unpacked, on transformers in float32."""
    spec = make_spec(smollm2, Engine.TRANSFORMERS, dtype="float32")
    with running_worker(spec, tmp_path_factory.mktemp("transformers") / "log") as worker:
        worker.wait_for(Stage.RUNNING)
        yield worker


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return where a worker of one test writes its log."""
    return tmp_path / "log"
