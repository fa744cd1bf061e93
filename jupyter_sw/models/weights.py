"""What weights on this machine are: read from their headers, never from the weights themselves."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_sw.errors import BadRequest, FetchError, NotFound
from jupyter_sw.models.gguf import GGUFHeader, read_header
from jupyter_sw.models.layout import (
    NO_MODEL_HINT,
    has_tokenizer,
    is_adapter,
    only_an_adapter,
    parts,
    weight_files,
)
from jupyter_sw.schemas.models import Handler, ModelFiles, WeightsFormat

_HEAD = re.compile(r"(^|\.)(lm_head|embed_out|output)\.weight$")
_FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_STAYS = re.compile(r"embd|embed|lm_head|^output\.|\bw[tp]e\b|\.experts\.|\brouter\b")
# Architectures of llama.cpp that have no decoder, and so no KV cache.
_ENCODERS = {
    "bert", "eurobert", "gemma-embedding", "jina-bert-v2", "jina-bert-v3", "modern-bert",
    "neo-bert", "nomic-bert", "nomic-bert-moe",
}  # fmt: skip
_POOLS, _RANKS = {1, 2, 3}, 4  # llama.cpp's pooling_type: mean, the first token, the last; a rank
_MAX_HEADER = 100_000_000  # bytes; the limit of the safetensors library


@dataclass(frozen=True)
class Weights:
    """The facts that decide how a model is run and how much memory it takes.

    `floats` are elements that are loaded in the dtype one chooses, of which `linears` are those of
    layers that can be quantized meanwhile; `packed_bytes` is what keeps its own precision
    (quantized tensors). `cache_values` is the number of keys and values that
    one token leaves in the KV cache, over all layers, sliding windows and the like not deducted.
    `shared_head` is the number of elements of an output layer that shares them with the embedding.
    `embeds` tells a model that makes one vector of a text, of `width` values, and does not write.
    """

    format: WeightsFormat
    bytes: int
    parameters: int
    floats: int
    packed_bytes: int
    linears: int
    dtype: str
    context: int | None
    cache_values: int
    vocabulary: int
    chat: bool
    fingerprint: str
    shared_head: int = 0
    embeds: bool = False
    width: int = 0

    @property
    def handlers(self) -> list[Handler]:
        """Return what the model can do: chat when it says how, else only complete, or embed."""
        if self.embeds:
            return [Handler.EMBEDDING]
        return [Handler.CHATBOT, Handler.COMPLETION] if self.chat else [Handler.COMPLETION]


def read_weights(path: Path, *, pickles: bool = False) -> Weights:
    """Read the facts from a directory of safetensors or a GGUF file; unchanged files only once.

    The `fingerprint` is a SHA-256 of names, sizes and headers. That is cheap at any size and stays
    the same when files are copied; weights that changed in value only would not be told apart.

    Raises
    ------
    NotFound
        When there is nothing at `path`, or nothing that is a model.
    UnsafeModel
        When the only weights are pickles, which can run code when they are loaded, and `pickles`
        does not say that they are trusted.
    FetchError
        When a file is damaged.
    """
    try:
        if path.is_file():
            files = parts(path)
        else:
            files = [path / "config.json", *weight_files(path, pickles=pickles)]
        state = tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
        return _read(path, state)
    except FileNotFoundError as error:
        raise NotFound(
            f"There is no model at {path}: {Path(error.filename).name} is missing.",
            hint=NO_MODEL_HINT,
        ) from error


def describe(
    path: Path,
    *,
    uri: str,
    name: str,
    version: str | None = None,
    tags: list[str] | None = None,
    parameters: int | None = None,
    repo: str | None = None,
    pickles: bool = False,
) -> ModelFiles:
    """Return the weights at `path` as a worker is told of them.

    Parameters
    ----------
    uri
        Canonical, with the version.
    version
        The fingerprint when left out.
    parameters
        The published number, where one is known; else counted, which packed tensors distort.
    pickles
        Whether weights that are pickles are trusted.
    """
    if is_adapter(path):
        raise only_an_adapter(str(path))
    weights = read_weights(path, pickles=pickles)
    if path.is_dir() and not has_tokenizer(path):
        raise NotFound(
            f"There is no tokenizer in {path}.",
            hint="Save it beside the weights: tokenizer.save_pretrained('folder')",
        )
    return ModelFiles(
        uri=uri,
        name=name,
        version=version or weights.fingerprint,
        tags=tags or [],
        format=weights.format,
        path=str(path),
        bytes=weights.bytes,
        parameters=parameters or weights.parameters,
        context=weights.context,
        handlers=weights.handlers,
        repo=repo,
    )


@lru_cache(maxsize=256)
def _read(path: Path, state: tuple[tuple[str, int, int], ...]) -> Weights:
    # `state` makes a changed file a new key.
    total = sum(size for name, size, _ in state if name != "config.json")
    digest = hashlib.sha256(repr([(name, size) for name, size, _ in state]).encode())
    if path.is_file():
        return _read_gguf(path, total, digest)
    if any(name.endswith(".bin") for name, _, _ in state):
        return _read_pickles(path, total, digest)
    return _read_directory(path, total, digest)


def _read_gguf(path: Path, total: int, digest: hashlib._Hash) -> Weights:
    headers = [read_header(part) for part in parts(path)]
    with path.open("rb") as file:
        digest.update(file.read(headers[0].header_bytes))
    return of_gguf(headers, total, digest.hexdigest())


def of_gguf(headers: list[GGUFHeader], total: int, fingerprint: str) -> Weights:
    """Return the facts that the headers of a GGUF model tell; it has `total` bytes in all.

    Raises
    ------
    BadRequest
        When it is a model that can't be run here: one that ranks texts.
    """
    first = headers[0]
    pooling = first.get("pooling_type")
    if pooling == _RANKS:
        raise BadRequest(
            "This GGUF is a reranker: it tells how well a text answers another.",
            hint="Models that chat, complete or embed can be run.",
        )
    encodes = first.metadata.get("general.architecture") in _ENCODERS
    header_bytes = sum(header.header_bytes for header in headers)
    layers = int(first.get("block_count") or 0)
    heads = first.get("attention.head_count") or 1
    kv_heads = first.get("attention.head_count_kv") or heads
    per_layer = kv_heads if isinstance(kv_heads, list) else [kv_heads] * layers
    heads = max(heads) if isinstance(heads, list) else heads
    head = int(first.get("embedding_length") or 0) // max(1, heads)
    width = (first.get("attention.key_length") or head) + (
        first.get("attention.value_length") or head
    )
    tensors = {name: shape for each in headers for name, shape in each.tensors.items()}
    parameters = sum(map(prod, tensors.values()))
    linears = [shape for name, shape in tensors.items() if _is_linear(name, shape)]
    embedding = prod(tensors.get("token_embd.weight", (0,)))
    return Weights(
        format=WeightsFormat.GGUF,
        bytes=total,
        parameters=parameters,
        floats=parameters,
        packed_bytes=total - header_bytes,
        linears=sum(map(prod, linears)),
        dtype=first.quantization,
        context=first.get("context_length"),
        # An encoder reads a text at once and keeps nothing of it.
        cache_values=0 if encodes else sum(per_layer) * width,
        vocabulary=first.lengths.get("tokenizer.ggml.tokens", 0),
        chat="tokenizer.chat_template" in first.metadata,
        fingerprint=fingerprint,
        shared_head=0 if "output.weight" in tensors else embedding,
        embeds=encodes or pooling in _POOLS,
        width=int(first.get("embedding_length") or 0),
    )


def _read_directory(path: Path, total: int, digest: hashlib._Hash) -> Weights:
    raw = (path / "config.json").read_bytes()
    digest.update(raw)
    tensors = []
    for file in weight_files(path):
        header = _safetensors_header(file)
        digest.update(header)
        tensors += [
            Tensor(name, tensor["dtype"], tensor["shape"], end - start)
            for name, tensor in json.loads(header).items()
            if name != "__metadata__"
            for start, end in [tensor["data_offsets"]]
        ]
    chat = _has_chat_template(path)
    return of_safetensors(tensors, text_config(raw, path), total, digest.hexdigest(), chat=chat)


class Tensor(NamedTuple):
    """One tensor of a safetensors file; `size` in bytes."""

    name: str
    dtype: str
    shape: Sequence[int]
    size: int


def of_safetensors(
    tensors: list[Tensor], config: dict[str, Any], total: int, fingerprint: str, *, chat: bool
) -> Weights:
    """Return the facts that the headers of safetensors and a model's config tell."""
    floats = packed = parameters = linears = 0
    dtypes: dict[str, int] = {}
    for name, dtype, shape, size in tensors:
        elements = prod(shape)
        parameters += elements
        dtypes[dtype] = dtypes.get(dtype, 0) + elements
        if dtype in _FLOATS:
            floats += elements
            linears += elements * _is_linear(name, shape)
        else:
            packed += size
    return _of_config(
        config,
        format=WeightsFormat.SAFETENSORS,
        bytes=total,
        parameters=parameters,
        floats=floats,
        packed_bytes=packed,
        linears=linears,
        dtype=max(dtypes, key=lambda dtype: dtypes[dtype], default="F32"),
        fingerprint=fingerprint,
        shared_head=0 if _has_own_head(config, [each.name for each in tensors]) else _head(config),
        chat=chat,
    )


def _has_own_head(config: dict[str, Any], names: list[str]) -> bool:
    told = config.get("tie_word_embeddings")
    return not told if isinstance(told, bool) else any(map(_HEAD.search, names))


def _head(config: dict[str, Any]) -> int:
    return (_first(config, "vocab_size") or 0) * _hidden(config)


def _is_linear(name: str, shape: Sequence[int]) -> bool:
    """Tell whether a tensor is of a layer that bitsandbytes quantizes.

    Heads and embeddings stay as they are, and so do experts, which transformers stacks.
    """
    return len(shape) == 2 and name.endswith(".weight") and not _STAYS.search(name)


def _read_pickles(path: Path, total: int, digest: hashlib._Hash) -> Weights:
    # Only loading them tells what is in them: the config says how wide a number is.
    raw = (path / "config.json").read_bytes()
    digest.update(raw)
    config = text_config(raw, path)
    kind = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    name = {"float16": "F16", "bfloat16": "BF16"}.get(kind, "F32")
    return _of_config(
        config,
        format=WeightsFormat.PICKLE,
        bytes=total,
        parameters=total // _FLOATS[name],
        floats=total // _FLOATS[name],
        packed_bytes=0,
        linears=0,
        dtype=name,
        fingerprint=digest.hexdigest(),
        chat=_has_chat_template(path),
    )


def _of_config(config: dict[str, Any], **read: Any) -> Weights:
    return Weights(
        **read,
        context=_first(config, "max_position_embeddings", "n_positions", "max_seq_len"),
        cache_values=_cache_values(config),
        vocabulary=_first(config, "vocab_size") or 0,
    )


def _safetensors_header(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        header = file.read(length) if 2 <= length <= _MAX_HEADER else b""
    if not header.startswith(b"{") or len(header) != length:
        raise FetchError(f"{path} is not a whole safetensors file.", hint="Fetch the model again.")
    return header


def text_config(raw: bytes, path: Path) -> dict[str, Any]:
    """Return the language model's part of config.json; models that also see nest it."""
    try:
        config = json.loads(raw)
    except ValueError as error:
        raise FetchError(f"{path / 'config.json'} is damaged.", hint="Fetch it again.") from error
    for key in ("text_config", "llm_config", "language_config"):
        if isinstance(config.get(key), dict):
            return {**config, **config[key]}
    return dict(config)


def _first(config: dict[str, Any], *names: str) -> int | None:
    return next((config[name] for name in names if isinstance(config.get(name), int)), None)


def _cache_values(config: dict[str, Any]) -> int:
    layers = _first(config, "num_hidden_layers", "n_layer", "num_layers") or 0
    heads = _first(config, "num_attention_heads", "n_head") or 1
    kv_heads = _first(config, "num_key_value_heads") or heads
    hidden = _hidden(config)
    head = _first(config, "head_dim") or hidden // heads
    return 2 * layers * kv_heads * head


def _hidden(config: dict[str, Any]) -> int:
    return _first(config, "hidden_size", "n_embd", "d_model") or 0


def _has_chat_template(path: Path) -> bool:
    if any((path / name).is_file() for name in ("chat_template.jinja", "chat_template.json")):
        return True
    try:
        return bool(json.loads((path / "tokenizer_config.json").read_bytes()).get("chat_template"))
    except (OSError, ValueError):
        return False
