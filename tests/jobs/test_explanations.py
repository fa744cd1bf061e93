"""Known failures are told in a sentence, by the libraries' own words and in real jobs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from jupyter_sw.errors import EngineError, GatedModel, WorkerLost
from jupyter_sw.jobs.explanations import explained
from tests.models.samples import model_files, write_model
from tests.support import private_server


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("The NVIDIA driver on your system is too old (found version 11040).", "driver"),
        ("CUDA error: no kernel image is available for execution on the device", "driver"),
        ("model type `zzz` but Transformers does not recognize this architecture.", "not know"),
        ("error loading model architecture: unknown model architecture: 'zzz'", "does not know"),
        ("[Errno 28] No space left on device", "disk is full"),
        ("The repository x contains custom code which must be executed to", "code of its own"),
        ("Error no file named model.safetensors found in directory x.", "pickles"),
        ("Cannot access gated repo for url https://huggingface.co/x.", "no access"),
        ("403 Client Error: Forbidden for url: https://huggingface.co/x", "no access"),
        ("We couldn't connect to 'https://huggingface.co' to load the files", "no network"),
        ("CUDA out of memory. Tried to allocate 2.00 GiB.", "Memory ran out"),
        ("The worker ended by itself (signal 6).   what():  std::bad_alloc", "Memory ran out"),
        ("The worker ended by itself (signal 9).", "for want of memory"),
    ],
)
def test_the_libraries_words(said: str, what: str) -> None:
    error = explained(EngineError(said, hint="old"))
    assert what in error.message
    assert said in error.message, "what was said is not hidden"
    assert error.hint
    assert error.hint != "old"


def test_what_is_not_known_or_explained_already_stays() -> None:
    for error in (EngineError("odd"), WorkerLost("exit code 7"), GatedModel("401 Client Error")):
        assert explained(error) is error


def test_an_unknown_architecture_in_a_real_job(tmp_path: Path) -> None:
    files = model_files()
    config = json.loads(files["config.json"]) | {"model_type": "zzz", "architectures": ["Zzz"]}
    files["config.json"] = json.dumps(config).encode()
    files["tokenizer.json"] = Tokenizer(WordLevel({"a": 0}, unk_token="a")).to_str().encode()
    model = write_model(tmp_path / "model", files)
    with private_server(tmp_path / "s") as server:
        job = server.ask("POST", "jobs", model=str(model), resource="cpu")
        failed = server.wait_for(job["id"], "failed", timeout=120)
    assert failed["reason"].startswith("The installed engine does not know this kind of model.")
    assert "zzz" in failed["reason"]
    assert "pip install -U" in failed["hint"]
