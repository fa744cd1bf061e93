"""What is known of weights on the hub before anybody downloads them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gguf import PoolingType

from jupyter_sw.errors import BadRequest
from jupyter_sw.jobs.planning import make_plan
from jupyter_sw.models import memory, remote
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.remote import remote_weights
from jupyter_sw.models.weights import Weights, read_weights
from jupyter_sw.schemas.jobs import Engine, JobRequest
from jupyter_sw.schemas.models import Handler
from tests.models.helpers import fetch_uri
from tests.models.hubserver import Hub, Repo
from tests.models.samples import gguf, model_files
from tests.worker.embedders import write_gguf

MIB = 2**20


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget what other tests asked, and whether their hub was silent."""
    remote._looks.clear()
    monkeypatch.setattr(remote._hub, "silent_until", 0.0)
    yield
    remote._looks.clear()


def look(uri: str, store: Path) -> Weights | None:
    return remote_weights(Registry(store).plan(uri))


@pytest.mark.parametrize("shards", [1, 3])
def test_headers_tell_what_the_files_will(hub: Hub, store: Path, shards: int) -> None:
    hub.repos["org/tiny"] = Repo(model_files(shards=shards))
    told = look("hf://org/tiny", store)
    assert told is not None
    asked = [path for verb, path, headers in hub.requests if verb == "GET" and "range" in headers]
    assert len(asked) == shards
    assert look("hf://org/tiny", store) == told
    assert [p for v, p, h in hub.requests if v == "GET" and "range" in h] == asked, "kept"

    here = read_weights(Path(fetch_uri("hf://org/tiny", store).path))
    needs = [memory.need_of(each, engine=Engine.TRANSFORMERS) for each in (told, here)]
    assert needs[0] == needs[1]
    assert (told.parameters, told.linears) == (here.parameters, here.linears)
    assert look("hf://org/tiny", store) is None, "it is here: nobody asks the hub"


def test_a_gguf_is_read_as_far_as_its_header_goes(hub: Hub, store: Path) -> None:
    data = gguf(vocabulary=200_000)  # longer than what is read at first
    assert len(data) > 2 * MIB
    hub.repos["org/tiny"] = Repo({"tiny.gguf": data + bytes(40 * MIB)})
    told = look("hf://org/tiny:tiny.gguf", store)
    assert told is not None
    assert told.vocabulary == 200_000
    assert told.bytes == len(data) + 40 * MIB
    ranges = [h["range"] for h in hub.downloads("tiny.gguf")]
    assert ranges == [f"bytes=0-{MIB - 1}", f"bytes=0-{4 * MIB - 1}"]


@pytest.mark.parametrize(
    "repo",
    [
        Repo({**model_files(), "model.safetensors": b"not one"}),
        Repo({"config.json": b"{}", "pytorch_model.bin": b"pickle"}),
        Repo(model_files(), gated=True),
        None,
    ],
)
def test_what_cannot_be_read_is_not_known_and_no_error(
    hub: Hub, store: Path, repo: Repo | None
) -> None:
    if repo:
        hub.repos["org/tiny"] = repo
    assert look("hf://org/tiny", store) is None


def test_what_a_gguf_on_the_hub_does_is_known_before_it_is_here(
    hub: Hub, store: Path, tmp_path: Path
) -> None:
    for name, pooling in (("embeds", PoolingType.MEAN), ("ranks", PoolingType.RANK)):
        write_gguf(tmp_path / name, pooling)
        hub.repos[f"org/{name}"] = Repo({"model.gguf": (tmp_path / name).read_bytes()})
    registry = Registry(store)
    plan = make_plan(JobRequest(model="hf://org/embeds:model.gguf"), registry)
    assert plan.handler is Handler.EMBEDDING
    for _ in range(2):  # the same when the hub need not be asked again
        with pytest.raises(BadRequest, match="reranker"):
            make_plan(JobRequest(model="hf://org/ranks:model.gguf"), registry)


def test_a_hub_that_gives_no_answer_is_not_asked_again_at_once(
    hub: Hub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PATIENCE", 0.2)
    hub.repos["org/tiny"] = Repo(model_files())
    monkeypatch.setattr(remote, "_read_safetensors", lambda *_: time.sleep(1))
    assert look("hf://org/tiny", store) is None
    began = time.monotonic()
    assert look("hf://org/other", store) is None
    assert time.monotonic() - began < 0.1
    assert hub.requests == []


def test_offline_means_that_nobody_asks(
    hub: Hub, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote.constants, "HF_HUB_OFFLINE", True)
    assert look("hf://org/tiny", store) is None
    assert hub.requests == []
