"""Models that lie on several devices, or partly outside of one.

There is no GPU here. What can be seen without: where the libraries are told to put what, and that
the batching of replies goes with weights that accelerate brings when they are needed.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch

from jupyter_sw.errors import EngineError
from jupyter_sw.jobs.planning import weights_most
from jupyter_sw.models.memory import beside, set_aside
from jupyter_sw.schemas.jobs import Grant
from jupyter_sw.schemas.models import MemoryNeed, ModelFiles
from jupyter_sw.worker.engines.hf import engine as hf_engine
from jupyter_sw.worker.engines.hf.device import Placement, map_options
from jupyter_sw.worker.engines.hf.spread import reaching
from tests.worker.helpers import loaded
from tests.worker.pair import Pair, prompt
from tests.worker.tiny import build_tiny

GIB = 2**30
NEED = MemoryNeed(
    dtype="bfloat16", context=8192, slots=1, weights=26 * GIB, kv_cache=6 * GIB, overhead=2 * GIB
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """Return a model of two layers."""
    return build_tiny(tmp_path_factory.mktemp("tiny"), "LlamaConfig", "LlamaForCausalLM")


def granted(**sizes: float) -> list[Grant]:
    """Return a grant: the CPU's part as `cpu`, that of a GPU by its number as `gpu0`."""
    return [
        Grant(device=name.replace("gpu", "cuda:"), bytes=int(size * GIB))
        for name, size in sizes.items()
    ]


def test_the_first_of_several_gpus_takes_fewer_weights_beside_the_cache() -> None:
    most = weights_most(granted(gpu0=17, gpu1=17), NEED)
    assert most == {"cuda:0": 11 * GIB, "cuda:1": 17 * GIB}
    assert map_options("cuda", {0: "cuda:0", 1: "cuda:1"}, most) == {
        "device_map": "balanced",
        "max_memory": {0: 11 * GIB, 1: 17 * GIB, "cpu": 0},
    }


def test_what_is_kept_outside_is_not_on_the_gpu() -> None:
    need = set_aside(NEED, 10 * GIB)
    assert (need.total, need.weights) == (NEED.total - 10 * GIB, 16 * GIB)
    assert beside(need) == int(12.6 * GIB)
    most = weights_most(granted(gpu0=24, cpu=12.6), need)
    assert most == {"cuda:0": 16 * GIB, "cpu": int(12.6 * GIB)}, "cache and overhead have room"
    options = map_options("cuda", {3: "cuda:0"}, most)
    assert options["max_memory"] == {3: 16 * GIB, "cpu": int(12.6 * GIB)}


def test_one_device_takes_all() -> None:
    assert weights_most(granted(gpu0=34), NEED) == {}
    assert weights_most(granted(cpu=34), NEED) == {}
    assert map_options("cuda", {0: "cuda:0"}, {}) == {"device_map": {"": "cuda:0"}}


def partly_outside(folder: Path, outside: str) -> Placement:
    """Return a placement with one layer outside, from where it is brought for each step."""
    parts = ("model.embed_tokens", "model.rotary_emb", "model.layers.0", "model.norm", "lm_head")
    where = {**dict.fromkeys(parts, "cpu"), "model.layers.1": outside}
    options = {"device_map": where, "offload_folder": str(folder), "max_memory": {}}
    return Placement("cpu", 1, "float32", "sdpa", options)


def test_batches_go_with_weights_that_come_when_they_are_needed(
    tiny: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    placement = partly_outside(tmp_path, "disk")
    monkeypatch.setattr(hf_engine, "place", lambda *_: placement)
    monkeypatch.setattr("jupyter_sw.worker.engines.hf.packing.pack_linears", lambda _: 0)
    with loaded(tiny) as (engine, _):
        model = engine._batches._manager.model
        assert next(model.model.layers[1].parameters()).device.type == "meta"
        bare: Any = AutoModelForCausalLM.from_pretrained(tiny.path, dtype=torch.float32)
        pair = Pair(engine, bare.eval())
        assert asyncio.run(pair.tokens(prompt(40))) == pair.expected(prompt(40))


def test_nothing_lies_where_it_was_not_granted_room(
    tiny: ModelFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement = partly_outside(tmp_path, "disk")
    monkeypatch.setattr(hf_engine, "place", lambda *_: placement)
    with (
        pytest.raises(EngineError, match="do not divide among the devices"),
        loaded(tiny, weights_most={"cuda:0": 1, "cpu": 1}),
    ):
        pass


class There:
    """A tensor, as far as it matters where it is."""

    def __init__(self, device: str) -> None:
        self.device = device

    def to(self, device: str) -> There:
        """Return it as it is on another device."""
        return There(device)


@pytest.mark.parametrize("here", ["cuda:0", "cuda:1"])
def test_a_layer_on_any_device_reaches_the_cache(here: str) -> None:
    class Cache:
        device = "cuda:0"

    def update(self: Cache, key: There, value: There, _: int, kwargs: dict[str, Any]) -> Any:
        indexes = [*kwargs["write_index"], *(kwargs["read_index"] or [])]
        assert {one.device for one in (key, value, *indexes)} == {self.device}
        kwargs["max_length_k"] = 5
        return There(self.device), There(self.device)

    kwargs = {"read_index": None, "write_index": [There(here)], "max_length_k": {"full": 5}}
    keys, values = reaching(update)(Cache(), There(here), There(here), 1, kwargs)
    assert keys.device == values.device == kwargs["write_index"][0].device == here
    assert kwargs["max_length_k"] == 5
