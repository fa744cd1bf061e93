"""How much memory a model takes while it runs.

A need has three parts, all in bytes:

weights
    Exact: elements times the width of the dtype, read from the headers; quantized tensors as they
    lie on disk. transformers unpacks a GGUF, so there it counts its elements, too. What is
    quantized while it is loaded counts as bitsandbytes keeps it: a byte an element and 4 for each
    row, or half a byte and 4 for each block of 64.
KV cache
    ``context * slots`` tokens of keys and values for every layer. llama.cpp keeps them as float16,
    transformers in the dtype of the weights. Sliding windows are not deducted: an upper bound.
overhead
    What the process takes before it computes (interpreter and libraries; on a GPU the driver's
    context, of which torch's kernels are a part), the logits of one batch of tokens as float32, and
    5 % of weights and cache for buffers and fragmentation. On a CPU transformers' output layer is
    laid out anew (`worker.engines.hf.packing`): one that the embedding shares becomes a copy. A
    model that embeds reads a whole context at once: its batch is the context, and the buffers of a
    layer are counted for it.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.models.catalog import load_catalog
from jupyter_sw.models.weights import Weights, read_weights
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import (
    MemoryNeed,
    ModelFiles,
    ModelInfo,
    Quantize,
    WeightsFormat,
)
from jupyter_sw.schemas.quantities import format_bytes

DTYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_QUANTIZED = {Quantize.EIGHT: 1 + 4 / 512, Quantize.FOUR: 0.5 + 4 / 64}
"""Bytes of an element; the rows of the smallest models have 512 of them."""
DEFAULT_CONTEXT = 4096  # tokens, where neither the caller nor the model names a number
_MIB = 2**20
_BATCH_TOKENS = 512
_GPU_BATCH_TOKENS = 2048
GPU_CONTEXT = 512 * _MIB
_PROCESS = {Engine.TRANSFORMERS: 512 * _MIB, Engine.LLAMACPP: 96 * _MIB}
_USUAL_VOCABULARY = 64_000
_DEEP = 128  # a usual transformer is so many times as wide as it is deep


def resolve_dtype(dtype: str, *, on_gpu: bool) -> str:
    """Return the dtype that `auto` is counted as: bfloat16 on GPUs, float32 on CPUs.

    A CPU that is fast at bfloat16 may load in it and then takes half of what is counted.
    """
    if dtype == "auto":
        return "bfloat16" if on_gpu else "float32"
    if dtype not in DTYPE_BYTES:
        raise BadRequest(
            f"There is no dtype {dtype!r}.", hint=f"Use auto, {', '.join(DTYPE_BYTES)}."
        )
    return dtype


def need(
    files: ModelFiles,
    *,
    engine: Engine,
    dtype: str = "auto",
    context: int | None = None,
    slots: int = 1,
    on_gpu: bool = False,
    quantize: Quantize | None = None,
) -> MemoryNeed:
    """Return what weights on this machine take while they run; reads headers only.

    Parameters
    ----------
    engine
        Who computes; `auto` counts as llamacpp for GGUF and as transformers else.
    context, slots
        Their product is the size of the KV cache in tokens. With one cache that all slots share,
        pass its size as `context` and 1 as `slots`. A context of None is the model's own limit.
    on_gpu
        Whether it is memory of a GPU that is counted.

    Raises
    ------
    NotFound, FetchError
        When the files are gone or damaged.
    """
    weights = read_weights(Path(files.path), pickles=files.format is WeightsFormat.PICKLE)
    return need_of(
        weights,
        engine=engine,
        dtype=dtype,
        context=context or files.context,
        slots=slots,
        on_gpu=on_gpu,
        quantize=quantize,
    )


def need_of(
    weights: Weights,
    *,
    engine: Engine,
    dtype: str = "auto",
    context: int | None = None,
    slots: int = 1,
    on_gpu: bool = False,
    quantize: Quantize | None = None,
) -> MemoryNeed:
    """Return what weights take whose headers were read, wherever they lie. See `need`."""
    gguf = weights.format is WeightsFormat.GGUF
    if engine not in (Engine.TRANSFORMERS, Engine.LLAMACPP):
        # Servers take what these would; what a job held is measured and corrects it.
        llama = gguf if engine in (Engine.AUTO, Engine.OPENAI_SERVER) else engine.reads_gguf_only
        engine = Engine.LLAMACPP if llama else Engine.TRANSFORMERS
    context = context or weights.context or DEFAULT_CONTEXT
    if engine is Engine.LLAMACPP:
        size, cached, shown = weights.packed_bytes, 2, weights.dtype
    else:
        shown = resolve_dtype(dtype, on_gpu=on_gpu)
        cached = DTYPE_BYTES[shown]
        linears = weights.linears if quantize else 0
        size = (weights.floats - linears) * cached + (0 if gguf else weights.packed_bytes)
        size += _quantized(linears, quantize)
    cache = weights.cache_values * cached * context * slots
    batch = context if weights.embeds else None
    overhead = _overhead(engine, size + cache, weights.vocabulary, on_gpu=on_gpu, batch=batch)
    if weights.embeds:
        overhead += _layer_buffers(weights.width, context)
    if engine is Engine.TRANSFORMERS and not on_gpu and shown != "float16":
        overhead += weights.shared_head * cached
    return MemoryNeed(
        dtype=shown,
        quantize=quantize,
        context=context,
        slots=slots,
        weights=size,
        kv_cache=cache,
        overhead=overhead,
        exact=weights.format is not WeightsFormat.PICKLE,
    )


def estimate(
    info: ModelInfo,
    dtype: str = "auto",
    context: int | None = None,
    slots: int = 1,
    *,
    on_gpu: bool = False,
    quantize: Quantize | None = None,
) -> MemoryNeed | None:
    """Return what a model that isn't here would take; None when not even its size is known.

    Weights are parameters times the width of `dtype`; the KV cache follows the catalog's shape of
    the model, or that of a usual transformer of its size without shared heads (an upper bound).
    """
    if not info.parameters:
        return None
    dtype = resolve_dtype(dtype, on_gpu=on_gpu)
    width = DTYPE_BYTES[dtype]
    context = context or info.context or DEFAULT_CONTEXT
    linears = _linears(info) if quantize else 0
    size = (info.parameters - linears) * width + _quantized(linears, quantize)
    cache = _cache_values(info) * width * context * slots
    return MemoryNeed(
        dtype=dtype,
        quantize=quantize,
        context=context,
        slots=slots,
        weights=size,
        kv_cache=cache,
        overhead=_overhead(Engine.TRANSFORMERS, size + cache, _USUAL_VOCABULARY, on_gpu=on_gpu),
    )


def set_aside(need: MemoryNeed, offload: int) -> MemoryNeed:
    """Return the need of a model that leaves part of its weights in the CPU's memory.

    Parameters
    ----------
    offload
        Bytes.

    Raises
    ------
    BadRequest
        When that is all of them.
    """
    if offload >= need.weights:
        raise BadRequest(
            f"Its weights are {format_bytes(need.weights)}; keeping {format_bytes(offload)} of "
            "them in the CPU's memory leaves nothing for the GPU.",
            hint="Offload less, or run it on the CPU: --resource cpu",
        )
    return need.model_copy(update={"weights": need.weights - offload, "offload": offload})


def beside(need: MemoryNeed) -> int:
    """Return the bytes of the CPU's memory that an offloaded model takes beside its GPUs.

    Layers go whole, and room for the largest one is kept on a GPU to compute those that are not
    there: up to a tenth of the weights more stays outside than was asked for.
    """
    whole = need.weights + need.offload
    return min(whole, need.offload + whole // 10) if need.offload else 0


def _overhead(
    engine: Engine, held: int, vocabulary: int, *, on_gpu: bool, batch: int | None = None
) -> int:
    base = GPU_CONTEXT if on_gpu else _PROCESS[engine]
    large = on_gpu and engine is Engine.TRANSFORMERS
    logits = vocabulary * 4 * (batch or (_GPU_BATCH_TOKENS if large else _BATCH_TOKENS))
    return base + logits + held // 20


def _layer_buffers(width: int, batch: int) -> int:
    """Return what llama.cpp takes to compute a layer of an encoder; measured, not told by it."""
    return batch * (36 * width + 2 * batch)


def _quantized(elements: int, quantize: Quantize | None) -> int:
    return int(elements * _QUANTIZED[quantize]) if quantize else 0


def _cache_values(info: ModelInfo) -> int:
    entry = load_catalog().get(info.name)
    if entry is not None and entry.shape is not None:
        return entry.shape.cache_values
    layers = _usual_layers(info)
    return int(2 * layers * _DEEP * layers)


def _linears(info: ModelInfo) -> int:
    """Return the parameters outside of embedding and head; of a usual transformer of its size."""
    entry = load_catalog().get(info.name)
    if entry is not None and entry.shape is not None:
        stays = entry.shape.embeddings
        return 0 if stays is None else (info.parameters or 0) - stays
    width = _DEEP * _usual_layers(info)
    return max(0, int((info.parameters or 0) - 2 * _USUAL_VOCABULARY * width))


def _usual_layers(info: ModelInfo) -> float:
    # 12 * layers * width ** 2 parameters
    return float(((info.parameters or 0) / (12 * _DEEP**2)) ** (1 / 3))
