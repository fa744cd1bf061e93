"""Llama 2 7B: from the hub's cache on this machine, or random weights of its shape.

``python -m benchmarks.llama2 DIRECTORY`` makes the latter; how fast a model is does not depend on
the values of its weights.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jupyter_sw.models.hubcache import find_snapshot
from tests.worker.tiny import LLAMA2_TEMPLATE, build_tiny

REPO = "meta-llama/Llama-2-7b-chat-hf"
SHAPE = {
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "max_position_embeddings": 4096,
    "vocab_size": 32000,
}
_BYTES = 3 + 256  # of the vocabulary: the special tokens and one for each byte


def here() -> Path | None:
    """Return the directory of the real weights, where the hub's cache has them."""
    return find_snapshot(REPO)


def make(directory: Path) -> Path:
    """Write random weights from a process of its own, and return their directory."""
    subprocess.run(
        [sys.executable, "-m", "benchmarks.llama2", str(directory)],
        cwd=Path(__file__).parents[1],
        check=True,
    )
    return directory


def write(directory: Path, device: str, shape: dict[str, int]) -> None:
    """Write random weights in bfloat16, and a tokenizer that has text for every token."""
    import torch

    torch.set_default_dtype(torch.bfloat16)
    with torch.device(device):
        build_tiny(
            directory,
            "LlamaConfig",
            "LlamaForCausalLM",
            LLAMA2_TEMPLATE,
            words=shape["vocab_size"] - _BYTES,
            **shape,
        )


if __name__ == "__main__":
    write(Path(sys.argv[1]), "cuda", SHAPE)
