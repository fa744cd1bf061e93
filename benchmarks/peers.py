"""The peers, each a process of its own: ``python -m benchmarks.peers NAME …``."""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def _llama(path: str, slots: int) -> Any:
    """Return llama.cpp with a GGUF loaded, its server listening."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx = 16384
    params.kv_unified = True
    params.n_parallel = slots
    params.n_gpu_layers = 999  # on a GPU all of them, as ours; without one it means nothing
    params.port = 0
    return xllamacpp.Server(params)


def llama_http(path: str, slots: str) -> None:
    """Serve a GGUF with xllamacpp's own HTTP server; print its address; stay until stdin ends."""
    server = _llama(path, int(slots))
    print(json.dumps({"url": server.listening_address}), flush=True)
    sys.stdin.read()


def llama_direct(path: str) -> None:
    """Print what a chat with llama.cpp in this process takes, for each line of stdin, its body."""
    server = _llama(path, 8)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        came: list[float] = []

        def take(data: bytes | str, came: list[float] = came) -> bool:
            choices = json.loads(data).get("choices") or [{}]
            if choices[0].get("delta", {}).get("content"):
                came.append(time.perf_counter())
            return False

        began = time.perf_counter()
        server.handle_chat_completions(line, take)
        spent = {"first": came[0] - began, "token": (came[-1] - came[0]) / (len(came) - 1)}
        print(json.dumps(spent), flush=True)


def generate(path: str, dtype: str, prompt: str, tokens: str) -> None:
    """Print the tokens per second of `model.generate` with a streamer, for each line of stdin."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.generation.streamers import BaseStreamer

    class Counter(BaseStreamer):  # type: ignore[misc]
        """Counts what comes."""

        count = -1  # the first thing put is the prompt

        def put(self, value: torch.Tensor) -> None:
            self.count += 1

        def end(self) -> None:
            pass

    tokenizer = AutoTokenizer.from_pretrained(path)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype)).eval()
    model.to(device)
    messages = [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": prompt},
    ]
    inputs = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(device)
    print(json.dumps({"ready": True}), flush=True)
    for _line in sys.stdin:
        counter = Counter()
        began = time.perf_counter()
        model.generate(
            **inputs, do_sample=False, max_new_tokens=int(tokens), streamer=counter, pad_token_id=0
        )
        print(json.dumps({"rate": counter.count / (time.perf_counter() - began)}), flush=True)


if __name__ == "__main__":
    kinds = {"llama_http": llama_http, "llama_direct": llama_direct, "generate": generate}
    kinds[sys.argv[1]](*sys.argv[2:])
