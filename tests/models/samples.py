"""Small models on disk, made byte by byte: real safetensors and GGUF headers, random weights."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "vocab_size": 1000,
}
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
SHAPES = {"model.embed_tokens.weight": (1000, 64), "model.norm.weight": (64,)}
PARAMETERS = 1000 * 64 + 64


def safetensors(shapes: dict[str, tuple[int, ...]], dtype: str = "BF16", width: int = 2) -> bytes:
    """Return a safetensors file of random bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, shape in shapes.items():
        size = width
        for dimension in shape:
            size *= dimension
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + os.urandom(at)


def model_files(*, chat: bool = True, shards: int = 1, **config: Any) -> dict[str, bytes]:
    """Return the files of a model as a hub repository has them."""
    tokenizer = {"chat_template": TEMPLATE} if chat else {}
    files = {
        "README.md": b"# A model",
        "config.json": json.dumps({**CONFIG, **config}).encode(),
        "tokenizer.json": b"{}",
        "tokenizer_config.json": json.dumps(tokenizer).encode(),
    }
    if shards == 1:
        return {**files, "model.safetensors": safetensors(SHAPES)}
    weight_map = {}
    for number in range(1, shards + 1):
        name = f"model-{number:05}-of-{shards:05}.safetensors"
        tensor = f"model.layers.{number}.weight"
        files[name] = safetensors({tensor: (256, 512)})
        weight_map[tensor] = name
    files["model.safetensors.index.json"] = json.dumps({"weight_map": weight_map}).encode()
    return files


def write_model(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a new folder and return it."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def gguf(*, chat: bool = True, vocabulary: int = 300, rows: int = 0) -> bytes:
    """Return a GGUF file (version 3) of one F32 and one Q8_0 tensor.

    With `rows` there is a third tensor of so many MiB, whose bytes are left to the caller.
    """
    metadata: list[tuple[str, int, bytes]] = [
        ("general.architecture", 8, _text("llama")),
        ("general.file_type", 4, struct.pack("<I", 7)),
        ("llama.block_count", 4, struct.pack("<I", 2)),
        ("llama.context_length", 4, struct.pack("<I", 512)),
        ("llama.embedding_length", 4, struct.pack("<I", 64)),
        ("llama.attention.head_count", 4, struct.pack("<I", 4)),
        ("llama.attention.head_count_kv", 4, struct.pack("<I", 2)),
        (
            "tokenizer.ggml.tokens",
            9,
            struct.pack("<IQ", 8, vocabulary) + b"".join(_text(f"t{n}") for n in range(vocabulary)),
        ),
        (
            "tokenizer.ggml.scores",
            9,
            struct.pack("<IQ", 6, vocabulary) + struct.pack(f"<{vocabulary}f", *range(vocabulary)),
        ),
    ]
    if chat:
        metadata.append(("tokenizer.chat_template", 8, _text(TEMPLATE)))
    tensors = [("output_norm.weight", (64,), 0, 0), ("token_embd.weight", (64, 300), 8, 256)]
    if rows:
        tensors.append(("blk.0.ffn_up.weight", (2**18, rows), 0, 20672))
    data = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    for key, kind, value in metadata:
        data += _text(key) + struct.pack("<I", kind) + value
    for name, shape, kind, offset in tensors:
        data += _text(name) + struct.pack("<I", len(shape))
        data += struct.pack(f"<{len(shape)}Q", *shape) + struct.pack("<IQ", kind, offset)
    return data + os.urandom(256 + 64 * 300 // 32 * 34)


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()
