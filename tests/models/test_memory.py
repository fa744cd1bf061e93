from __future__ import annotations

from math import prod
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open

from jupyter_sw.errors import BadRequest
from jupyter_sw.models import memory
from jupyter_sw.models.gguf import read_header
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.weights import describe, read_weights
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles, Quantize
from tests.models.samples import PARAMETERS, SHAPES, model_files, safetensors, write_model

GIB = 2**30


def described(path: Path) -> ModelFiles:
    return describe(path, uri=str(path), name=path.name)


@pytest.fixture
def tiny(tmp_path: Path) -> ModelFiles:
    """Return a model of 64,064 bfloat16 parameters."""
    return described(write_model(tmp_path / "tiny", model_files()))


@pytest.mark.parametrize(("dtype", "width"), [("float32", 4), ("float16", 2), ("bfloat16", 2)])
def test_safetensors_are_counted_exactly_at_the_chosen_dtype(
    dtype: str, width: int, tiny: ModelFiles
) -> None:
    need = memory.need(tiny, engine=Engine.TRANSFORMERS, dtype=dtype, context=256, slots=3)
    assert need.exact
    assert need.weights == PARAMETERS * width
    # keys and values, 2 layers, 2 KV heads (of 4: shared), 16 values each
    assert need.kv_cache == 2 * 2 * 2 * 16 * width * 256 * 3
    assert need.total == need.weights + need.kv_cache + need.overhead


def test_the_header_counts_what_the_library_counts(tiny: ModelFiles) -> None:
    path = Path(tiny.path) / "model.safetensors"
    with safe_open(path, framework="np") as file:
        shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118  # no mapping
    assert shapes == SHAPES


def test_auto_is_float32_on_cpus_and_16_bits_on_gpus(tiny: ModelFiles) -> None:
    on_cpu = memory.need(tiny, engine=Engine.TRANSFORMERS, context=256)
    on_gpu = memory.need(tiny, engine=Engine.TRANSFORMERS, context=256, on_gpu=True)
    assert (on_cpu.dtype, on_gpu.dtype) == ("float32", "bfloat16")
    assert on_cpu.weights == 2 * on_gpu.weights
    assert on_gpu.overhead >= GIB // 2  # the driver's context


def test_no_context_means_the_models_own(tiny: ModelFiles) -> None:
    assert memory.need(tiny, engine=Engine.TRANSFORMERS).context == 512


def test_quantized_tensors_keep_their_size(tmp_path: Path) -> None:
    files = {**model_files(), "model.safetensors": safetensors({"w": (1000, 10)}, "F8_E4M3", 1)}
    packed = described(write_model(tmp_path / "fp8", files))
    for dtype in ("float32", "bfloat16"):
        need = memory.need(packed, engine=Engine.TRANSFORMERS, dtype=dtype, context=64)
        assert need.weights == 10_000


def test_an_unknown_dtype_is_refused(tiny: ModelFiles) -> None:
    with pytest.raises(BadRequest, match="int3"):
        memory.need(tiny, engine=Engine.TRANSFORMERS, dtype="int3")


def test_head_size_and_nested_configs_are_honoured(tmp_path: Path) -> None:
    text = {"num_hidden_layers": 3, "num_attention_heads": 8, "num_key_value_heads": 1}
    files = model_files(head_dim=32, text_config={**text, "max_position_embeddings": 2048})
    seeing = described(write_model(tmp_path / "seeing", files))
    assert seeing.context == 2048
    need = memory.need(seeing, engine=Engine.TRANSFORMERS, dtype="bfloat16", context=10)
    assert need.kv_cache == 2 * 3 * 1 * 32 * 2 * 10


def test_the_real_gguf_is_read_exactly(smollm2: ModelFiles) -> None:
    header = read_header(Path(smollm2.path))
    assert sum(map(prod, header.tensors.values())) == 134_515_008
    assert header.get("context_length") == 8192
    assert header.lengths["tokenizer.ggml.tokens"] == 49152
    assert header.quantization == "q4_1"
    need = memory.need(smollm2, engine=Engine.LLAMACPP, context=16384)
    assert need.weights == 96_576_768  # what the gguf package's reader counts, too
    assert need.kv_cache == 2 * 30 * 3 * 64 * 2 * 16384
    assert need.dtype == "q4_1"


def test_transformers_unpacks_a_gguf(smollm2: ModelFiles) -> None:
    need = memory.need(smollm2, engine=Engine.TRANSFORMERS, dtype="float32", context=4096)
    assert need.weights == 134_515_008 * 4


def test_a_head_that_the_embedding_shares_is_counted_again_where_it_is_packed(
    smollm2: ModelFiles, tmp_path: Path
) -> None:
    """transformers lays it out anew on a CPU; a GPU, and llama.cpp, read the one they have."""
    tied, tiny = (
        described(write_model(tmp_path / str(ties), model_files(tie_word_embeddings=ties)))
        for ties in (True, False)
    )
    shape = SHAPES["model.embed_tokens.weight"]

    def more(files: ModelFiles, other: ModelFiles, **how: Any) -> int:
        ask: dict[str, Any] = {
            "engine": Engine.TRANSFORMERS,
            "dtype": "float32",
            "context": 64,
        } | how
        return memory.need(files, **ask).overhead - memory.need(other, **ask).overhead

    assert more(tied, tiny) == prod(shape) * 4
    assert more(tied, tiny, dtype="bfloat16") == prod(shape) * 2
    assert more(tied, tiny, dtype="float16") == 0
    assert more(tied, tiny, on_gpu=True) == 0
    assert read_weights(Path(smollm2.path)).shared_head == 49152 * 576


def test_estimates_for_llama_2_are_near_what_it_takes(store: Path, hub_home: Path) -> None:
    needs = {
        need.quantize or need.dtype: need for need in Registry(store).detail("llama2-7b-chat").needs
    }
    half = needs["bfloat16"]
    assert not half.exact
    assert half.weights == 6_738_415_616 * 2
    assert half.kv_cache == 2 * GIB  # 512 KiB a token, 4096 tokens
    assert 15 * GIB < half.total < 24e9  # so an A10 with 24 GB will do, as the document says
    assert needs["float32"].total > 24e9
    linears = 6_738_415_616 - 2 * 32_000 * 4096
    assert needs["8bit"].weights == 2 * 2 * 32_000 * 4096 + int(linears * (1 + 4 / 512))
    assert needs["4bit"].weights == 2 * 2 * 32_000 * 4096 + int(linears * 0.5625)
    assert needs["4bit"].total < 8e9


def test_linear_layers_are_told_from_what_stays_as_it_is(smollm2: ModelFiles) -> None:
    """The same matrices by transformers' names and by llama.cpp's; counted by hand."""
    gguf = read_weights(Path(smollm2.path))
    layer = 2 * 576 * 576 + 2 * 576 * 192 + 3 * 576 * 1536
    assert gguf.linears == 30 * layer
    need = memory.need(smollm2, engine=Engine.TRANSFORMERS, quantize=Quantize.FOUR)
    assert need.weights == (134_515_008 - 30 * layer) * 4 + int(30 * layer * 0.5625)


def test_an_unknown_shape_is_estimated_from_above(store: Path, hub_home: Path) -> None:
    info = (
        Registry(store)
        .models()
        .models[0]
        .model_copy(update={"name": "other", "parameters": 7 * 10**9})
    )
    need = memory.estimate(info, "bfloat16", 4096)
    assert need is not None
    assert GIB < need.kv_cache < 4 * GIB
    assert memory.estimate(info.model_copy(update={"parameters": None})) is None
