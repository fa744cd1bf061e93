"""LoRA adapters, on disk and from a hub."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from jupyter_sw.errors import BadRequest, FetchError, NotFound, SwError, UnsafeModel
from jupyter_sw.models.adapters import adapter_plan
from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat
from tests.models.helpers import fetch_uri
from tests.models.hubserver import COMMIT, Hub, Repo
from tests.models.samples import model_files, safetensors, write_model

FILES = {
    "adapter_config.json": json.dumps({"peft_type": "LORA", "r": 4}).encode(),
    "adapter_model.safetensors": safetensors({"lora_A": (4, 64)}),
}


def fetched(text: str, store: Path) -> ModelFiles:
    return asyncio.run(fetch(adapter_plan(text), store, lambda _: None))


def test_an_adapter_of_the_disk_lies_where_it_lies(tmp_path: Path, store: Path) -> None:
    path = write_model(tmp_path / "lora", FILES)
    files = fetched(str(path), store)
    assert (files.path, files.uri, files.name) == (str(path), str(path), "lora")
    assert files.format is WeightsFormat.ADAPTER
    assert files.bytes == len(FILES["adapter_model.safetensors"])


def test_an_adapter_comes_from_the_hub_alone_and_is_no_model(
    hub: Hub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.repos["org/lora"] = Repo({**FILES, "optimizer.pt": b"pickle", "tokenizer.json": b"{}"})
    files = fetched("hf://org/lora", store)
    assert (files.uri, files.version) == (f"hf://org/lora@{COMMIT}", COMMIT)
    assert {path.name for path in Path(files.path).iterdir()} == set(FILES)
    assert "hf://org/lora" not in [model.uri for model in Registry(store).models().models]

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # what is here is enough
    assert fetched("hf://org/lora", store).path == files.path


@pytest.mark.parametrize(
    ("files", "error", "words"),
    [
        ({}, NotFound, "adapter_config.json is missing"),
        ({"adapter_config.json": b"{}"}, NotFound, "adapter_model.safetensors is missing"),
        ({**FILES, "adapter_config.json": b"{"}, FetchError, "damaged"),
        ({**FILES, "adapter_config.json": b'{"peft_type": "IA3"}'}, BadRequest, "only LoRA"),
        (
            {"adapter_config.json": b"{}", "adapter_model.bin": b"pickle"},
            UnsafeModel,
            "can run code",
        ),
    ],
)
def test_what_is_no_adapter_is_refused(
    tmp_path: Path, files: dict[str, bytes], error: type[SwError], words: str
) -> None:
    with pytest.raises(error, match=words):
        adapter_plan(str(write_model(tmp_path / "lora", files)))


@pytest.mark.parametrize("name", ["llama2-7b-chat", "hf://org/repo:file.gguf"])
def test_a_models_name_is_no_adapter(name: str) -> None:
    with pytest.raises(BadRequest, match="no adapter"):
        adapter_plan(name)


def test_who_runs_an_adapter_is_told_how(tmp_path: Path, hub: Hub, store: Path) -> None:
    path = write_model(tmp_path / "lora", FILES)
    with pytest.raises(NotFound, match="adapter and no model") as local:
        Registry(store).plan(str(path))
    assert f"--adapter {path}" in local.value.hint
    hub.repos["org/lora"] = Repo({**model_files(), **FILES})
    del hub.repos["org/lora"].files["model.safetensors"]
    with pytest.raises(NotFound, match="adapter and no model"):
        fetch_uri("hf://org/lora", store)
