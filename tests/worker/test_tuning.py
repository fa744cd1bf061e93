"""Models that are quantized, or changed by an adapter, while they are loaded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.errors import EngineError
from jupyter_sw.models import memory
from jupyter_sw.models.adapters import describe_adapter
from jupyter_sw.schemas.jobs import Engine, Grant
from jupyter_sw.schemas.models import ModelFiles, Quantize
from jupyter_sw.worker.engines.hf.device import place
from jupyter_sw.worker.engines.hf.engine import TransformersEngine
from tests.worker.helpers import loaded
from tests.worker.pair import Pair, prompt
from tests.worker.tiny import build_tiny


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """Return a model whose linear layers are most of it."""
    directory = tmp_path_factory.mktemp("wide")
    sizes = {"hidden_size": 512, "intermediate_size": 1024}
    return build_tiny(directory, "LlamaConfig", "LlamaForCausalLM", **sizes)


@pytest.fixture(scope="module")
def adapter(wide: ModelFiles, tmp_path_factory: pytest.TempPathFactory) -> ModelFiles:
    """Return an adapter of that model, as peft writes it."""
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    # Not the usual beginning, which changes nothing.
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    directory = tmp_path_factory.mktemp("adapter")
    get_peft_model(plain(wide), config).save_pretrained(str(directory))
    return describe_adapter(directory, uri=str(directory), name="adapter")


def plain(files: ModelFiles, **options: Any) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(files.path, dtype=torch.float32, **options)
    return model.eval()


@pytest.mark.parametrize("quantize", list(Quantize))
def test_a_quantized_model_says_what_the_library_says(wide: ModelFiles, quantize: Quantize) -> None:
    from transformers import BitsAndBytesConfig

    four = quantize is Quantize.FOUR
    config: Any = BitsAndBytesConfig  # it has no types to check against
    settings = config(load_in_4bit=four, load_in_8bit=not four, bnb_4bit_quant_type="nf4")
    bare = plain(wide, quantization_config=settings, device_map={"": "cpu"})
    with loaded(wide, quantize=quantize) as (engine, _):
        check(engine, bare)

    # What is counted before is what the weights take.
    need = memory.need(wide, engine=Engine.TRANSFORMERS, dtype="float32", quantize=quantize)
    assert _bytes(bare) <= need.weights < 1.05 * _bytes(bare)


def test_an_adapter_is_in_what_the_model_says(wide: ModelFiles, adapter: ModelFiles) -> None:
    from peft import PeftModel

    bare: Any = PeftModel.from_pretrained(plain(wide), adapter.path)
    with loaded(wide, adapter=adapter) as (engine, _):
        said = check(engine, bare)
        assert said != Pair(engine, plain(wide)).expected(prompt(40))


def test_an_adapter_goes_beside_quantized_weights(wide: ModelFiles, adapter: ModelFiles) -> None:
    from peft import PeftModel
    from transformers import BitsAndBytesConfig

    config: Any = BitsAndBytesConfig
    settings = config(load_in_4bit=True, bnb_4bit_quant_type="nf4")
    bare = plain(wide, quantization_config=settings, device_map={"": "cpu"})
    tuned: Any = PeftModel.from_pretrained(bare, adapter.path)
    with loaded(wide, quantize=Quantize.FOUR, adapter=adapter) as (engine, _):
        check(engine, tuned)


def test_an_adapter_of_another_model_is_refused_in_words(
    tmp_path: Path, adapter: ModelFiles
) -> None:
    other = build_tiny(tmp_path, "LlamaConfig", "LlamaForCausalLM")
    with (
        pytest.raises(EngineError, match="does not fit the model: size mismatch"),
        loaded(other, adapter=adapter),
    ):
        pass


def test_apples_gpus_do_not_quantize() -> None:
    class Torch:
        class backends:  # noqa: N801  # as torch calls it
            class mps:  # noqa: N801
                @staticmethod
                def is_available() -> bool:
                    return True

    with pytest.raises(EngineError, match="Apple"):
        place(Torch, [Grant(device="mps", bytes=1)], "auto", Quantize.FOUR)


def check(engine: TransformersEngine, bare: Any) -> list[int]:
    """See that the engine says what the bare model says, token by token; return it."""
    pair = Pair(engine, bare)
    said = asyncio.run(pair.tokens(prompt(40)))
    assert said == pair.expected(prompt(40))
    return said


def _bytes(model: Any) -> int:
    """Return the bytes of all weights, with the scales that bitsandbytes keeps beside them."""
    total = model.get_memory_footprint()
    for module in model.modules():
        weight = getattr(module, "weight", None)
        scales = getattr(getattr(weight, "quant_state", None), "absmax", None)
        if scales is None:
            scales = getattr(weight, "SCB", None)
        if scales is not None:
            total += scales.nbytes
    return int(total)
