"""Models that may run code, by a list."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from jupyter_sw.errors import BadRequest, UnsafeModel
from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.trust import Trust
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat
from tests.models.hubserver import COMMIT, Hub, Repo
from tests.models.samples import PARAMETERS, model_files, write_model

URI = "hf://org/tiny"


def pickled() -> dict[str, bytes]:
    """Return a model's files with pickles for weights; what is in them doesn't matter here."""
    files = model_files(dtype="bfloat16")
    weights = files.pop("model.safetensors")
    return {**files, "pytorch_model.bin": weights[-2 * PARAMETERS :]}


def fetched(uri: str, store: Path, *allowed: str) -> ModelFiles:
    """Fetch a model where these entries are allowed."""
    plan = Registry(store, Trust(allowed)).plan(uri)
    return asyncio.run(fetch(plan, store, lambda _event: None))


@pytest.mark.parametrize(
    "entry", ["org/tiny", "org/tiny@main", f"org/tiny@{COMMIT[:12]}", "tiny", f"tiny@{COMMIT}", ""]
)
def test_an_entry_names_one_commit_or_one_directory(entry: str) -> None:
    with pytest.raises(BadRequest, match="names no model"):
        Trust([entry])


def test_pickles_of_an_allowed_directory(tmp_path: Path, store: Path) -> None:
    folder = write_model(tmp_path / "old", pickled())
    with pytest.raises(UnsafeModel) as caught:
        fetched(str(folder), store)
    assert f"c.SwApp.allow_unsafe_models = ['{folder}']" in caught.value.hint
    with pytest.raises(UnsafeModel):
        fetched(str(folder), store, str(tmp_path))
    files = fetched(str(folder), store, str(folder))
    assert (files.format, files.parameters) == (WeightsFormat.PICKLE, PARAMETERS)
    detail = Registry(store, Trust([str(folder)])).detail(str(folder))
    assert not any(need.exact for need in detail.needs), "only loading a pickle tells what is in it"


def test_pickles_and_code_of_an_allowed_commit(hub: Hub, store: Path) -> None:
    hub.repos["org/tiny"] = Repo({**pickled(), "modeling_tiny.py": b"pass", "setup.sh": b"true"})
    with pytest.raises(UnsafeModel) as caught:
        fetched(URI, store)
    entry = f"org/tiny@{COMMIT}"
    assert f"c.SwApp.allow_unsafe_models = ['{entry}']" in caught.value.hint
    with pytest.raises(UnsafeModel):
        fetched(URI, store, f"org/tiny@{'f' * 40}", f"org/other@{COMMIT}")
    files = fetched(URI, store, entry)
    assert (files.format, files.version) == (WeightsFormat.PICKLE, COMMIT)
    assert {path.name for path in Path(files.path).iterdir()} >= {"modeling_tiny.py"}
    assert not hub.downloads("setup.sh")
    assert Trust([entry]).allows(files)
    assert Registry(store, Trust([entry])).plan(URI).files == files
    assert Registry(store).plan(URI).files is None, "no longer allowed: it is not there any more"
    with pytest.raises(UnsafeModel):
        fetched(URI, store)


def test_code_comes_later_when_it_is_allowed_later(hub: Hub, store: Path) -> None:
    config = {"auto_map": {"AutoConfig": "configuration_tiny.TinyConfig"}}
    hub.repos["org/tiny"] = Repo({**model_files(**config), "configuration_tiny.py": b"pass"})
    files = fetched(URI, store)
    assert not (Path(files.path) / "configuration_tiny.py").exists(), "refused: it isn't fetched"
    assert not Trust([]).allows(files)
    files = fetched(URI, store, f"org/tiny@{COMMIT}")
    assert (Path(files.path) / "configuration_tiny.py").exists()


def test_gguf_never_runs_code(tmp_path: Path) -> None:
    files = ModelFiles(
        uri="x", name="x", version="1", format=WeightsFormat.GGUF, path=str(tmp_path), bytes=1
    )
    assert not Trust([str(tmp_path)]).allows(files)
    assert Trust([str(tmp_path)]).allows(
        files.model_copy(update={"format": WeightsFormat.SAFETENSORS})
    )
