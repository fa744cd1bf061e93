"""The least a person would write for a first token: ``python -m benchmarks.bare KIND PATH DTYPE``.

Prints a comma when it has imported what it needs, and a dot when it has a first token.
"""

from __future__ import annotations

import json
import sys

MESSAGES = [{"role": "user", "content": "Hello"}]


def llamacpp(path: str, _dtype: str) -> None:
    """Load a GGUF with xllamacpp and stream a chat."""
    import xllamacpp

    tell(",")
    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = 16384
    params.kv_unified = True
    params.n_parallel = 8
    params.n_gpu_layers = 999  # without a GPU it means nothing
    server = xllamacpp.Server(params)

    def take(data: bytes | str) -> bool:
        choices = json.loads(data).get("choices") or [{}]
        if not choices[0].get("delta", {}).get("content"):
            return False
        tell(".")
        return True

    body = {"messages": MESSAGES, "stream": True, "max_tokens": 4, "temperature": 0}
    server.handle_chat_completions(json.dumps(body), take)


def transformers(path: str, dtype: str) -> None:
    """Load safetensors with transformers and generate one token."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tell(",")
    tokenizer = AutoTokenizer.from_pretrained(path)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype)).eval()
    model.to(device)
    inputs = tokenizer.apply_chat_template(
        MESSAGES, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(device)
    model.generate(**inputs, do_sample=False, max_new_tokens=1, pad_token_id=0)
    tell(".")


def tell(mark: str) -> None:
    """Tell whoever waits."""
    print(mark, end="", flush=True)


if __name__ == "__main__":
    {"llamacpp": llamacpp, "transformers": transformers}[sys.argv[1]](*sys.argv[2:])
