"""Weights that can run code: refused with the way to allow them, and run where it was allowed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.schemas.models import ModelFiles
from tests.support import Server, private_server
from tests.worker.tiny import build_tiny_llama2

MODELING = """
from pathlib import Path
from transformers import LlamaForCausalLM
from .configuration_own import OwnConfig

Path({mark!r}).write_text("code of the model has run")

class OwnForCausalLM(LlamaForCausalLM):
    config_class = OwnConfig
"""
CONFIGURATION = """
from transformers import LlamaConfig

class OwnConfig(LlamaConfig):
    model_type = "own-kind-of-model"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the models of this module lie."""
    return tmp_path_factory.mktemp("unsafe")


@pytest.fixture(scope="module")
def pickles(home: Path) -> Path:
    """Return a tiny model whose weights are a pickle."""
    import torch
    from safetensors.torch import load_file

    folder = home / "pickles"
    build_tiny_llama2(folder)
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    return folder


@pytest.fixture(scope="module")
def own_code(home: Path) -> Path:
    """Return a tiny model that brings its own code, which leaves a mark when it runs."""
    folder = home / "own-code"
    build_tiny_llama2(folder)
    config: dict[str, Any] = json.loads((folder / "config.json").read_text())
    config["model_type"] = "own-kind-of-model"
    config["architectures"] = ["OwnForCausalLM"]
    config["auto_map"] = {
        "AutoConfig": "configuration_own.OwnConfig",
        "AutoModelForCausalLM": "modeling_own.OwnForCausalLM",
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "configuration_own.py").write_text(CONFIGURATION)
    (folder / "modeling_own.py").write_text(MODELING.format(mark=str(home / "mark")))
    return folder


@pytest.fixture(scope="module")
def trusting(home: Path, pickles: Path, own_code: Path) -> Iterator[Server]:
    """Return a server whose configuration allows both."""
    entries = [f"--SwApp.allow_unsafe_models={path}" for path in (pickles, own_code)]
    with private_server(home / "trusting", *entries) as server:
        yield server


def ask(server: Server, model: Path) -> str:
    """Run a model and return what it says: a random model's text, of some length."""
    job = server.ask("POST", "jobs", model=str(model), engine="transformers", context=256)
    server.wait_for(job["id"], "running")
    body = {"model": job["id"], "prompt": "Hello", "max_tokens": 5, "temperature": 0}
    answer = server.api.post(f"{server.url}jupyter-sw/v1/completions", json=body)
    server.ask("POST", f"jobs/{job['id']}/cancel")
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"]["completion_tokens"] > 0
    return str(answer.json()["choices"][0]["text"])


def test_pickles_are_refused_at_submit(server: Server, pickles: Path) -> None:
    answer = server.api.post("jobs", json={"model": str(pickles), "engine": "transformers"})
    assert answer.status_code == 400
    assert "pytorch_model.bin, a pickle" in answer.json()["message"]
    assert f"c.SwApp.allow_unsafe_models = ['{pickles}']" in answer.json()["hint"]


def test_code_of_its_own_is_refused_and_does_not_run(
    server: Server, home: Path, own_code: Path
) -> None:
    job = server.ask("POST", "jobs", model=str(own_code), engine="transformers", context=256)
    failed = server.wait_for(job["id"], "failed")
    assert "code of its own, which is refused" in failed["reason"]
    assert f"c.SwApp.allow_unsafe_models = ['{own_code}']" in failed["hint"]
    assert not (home / "mark").exists()


def test_what_is_allowed_runs(
    trusting: Server, home: Path, pickles: Path, own_code: Path, tmp_path: Path
) -> None:
    safe: ModelFiles = build_tiny_llama2(tmp_path / "safe")
    expected = ask(trusting, Path(safe.path))
    assert ask(trusting, pickles) == expected, "the same weights"
    assert ask(trusting, own_code) == expected
    assert (home / "mark").read_text() == "code of the model has run"


def test_a_list_that_names_no_model_is_told_and_allows_nothing(
    tmp_path: Path, pickles: Path
) -> None:
    # Jupyter logs what is wrong in a configuration and goes on without it.
    words = ("--SwApp.allow_unsafe_models=org/repo", f"--SwApp.allow_unsafe_models={pickles}")
    with private_server(tmp_path, *words) as server:
        assert "holds 'org/repo', which names no model" in server.log.read_text()
        answer = server.api.post("jobs", json={"model": str(pickles), "engine": "transformers"})
        assert answer.status_code == 400
