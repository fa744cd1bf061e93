"""Eight chats at once through the API: each its own settings, each its own answer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.schemas.models import ModelFiles
from tests.server.test_chats import watch
from tests.support import MODEL, STORE, Server

SYSTEM = "You are a helpful assistant."
GREEDY = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "Why is the sky blue?",
    "Name three fruits.",
]
# (temperature, top_p, seed, longest reply)
SAMPLED = [(1.0, 1.0, 1, 12), (1.0, 1.0, 2, 20), (1.5, 0.9, 1, 28), (0.7, 0.5, 3, 36)]
LENGTH = 32


@pytest.fixture(scope="module")
def job(server: Server) -> Iterator[dict[str, Any]]:
    """Return a job on the transformers engine, in a precision every machine has."""
    started = server.ask(
        "POST", "jobs", model=MODEL, engine="transformers", dtype="float32", release_after=900
    )
    # The first time ever, the weights are converted.
    yield server.wait_for(started["id"], "running", timeout=150)
    server.ask("POST", f"jobs/{started['id']}/cancel")


@pytest.fixture(scope="module")
def expected(smollm2: ModelFiles, job: dict[str, Any]) -> dict[str, str]:
    """Return what `generate` answers with the very weights the worker uses."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    (path,) = (STORE / "converted").glob(f"{Path(smollm2.path).stem}-*/")
    tokenizer: Any = AutoTokenizer.from_pretrained(path)
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    answers = {}
    for question in GREEDY:
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
        inputs = tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        output = model.generate(**inputs, do_sample=False, max_new_tokens=LENGTH, pad_token_id=0)
        new = output[0, inputs["input_ids"].size(1) :]
        answers[question] = tokenizer.decode(new, skip_special_tokens=True)
    return answers


@pytest.mark.slow
def test_eight_chats_at_once(server: Server, job: dict[str, Any], expected: dict[str, str]) -> None:
    def chat(content: str, **params: Any) -> dict[str, Any]:
        key = server.ask("POST", "chats", job=job["id"], system=SYSTEM, params=params)["id"]
        server.ask("POST", f"chats/{key}/turns", content=content)
        return watch(server, key, 0)[1]

    def greedy(question: str) -> dict[str, Any]:
        return chat(question, temperature=0, max_tokens=LENGTH)

    def sampled(settings: tuple[float, float, int, int]) -> dict[str, Any]:
        temperature, top_p, seed, length = settings
        return chat(
            "Invent a story.", temperature=temperature, top_p=top_p, seed=seed, max_tokens=length
        )

    with ThreadPoolExecutor(8) as pool:
        exact = pool.map(greedy, GREEDY)
        free = pool.map(sampled, SAMPLED)
        answers, stories = list(exact), list(free)
    for question, turn in zip(GREEDY, answers, strict=True):
        assert turn["reply"].strip() == expected[question].strip()
    assert [story["usage"]["completion_tokens"] for story in stories] == [s[3] for s in SAMPLED]
    assert len({story["reply"][:30] for story in stories}) == len(SAMPLED)
    assert sampled(SAMPLED[2])["reply"] == stories[2]["reply"], "alone, with the same seed"
