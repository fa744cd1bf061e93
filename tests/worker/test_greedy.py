"""Greedy answers of the transformers engine are those of `generate`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import STORE
from tests.worker.helpers import Worker, at_once, text_of

QUESTIONS = [
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "Why is the sky blue?",
]


@pytest.fixture(scope="module")
def expected(transformers: Worker) -> dict[str, str]:
    """Return what `generate` answers with the very weights the worker uses."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    stem = Path(transformers.spec.files.path).stem
    (path,) = (p for p in (STORE / "converted").glob(f"{stem}-*") if p.is_dir())
    tokenizer: Any = AutoTokenizer.from_pretrained(path)
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    answers = {}
    for question in QUESTIONS:
        inputs = tokenizer.apply_chat_template(
            [{"role": "user", "content": question}], add_generation_prompt=True, return_tensors="pt"
        )
        output = model.generate(**inputs, do_sample=False, max_new_tokens=32)
        new = output[0, inputs["input_ids"].size(1) :]
        answers[question] = tokenizer.decode(new, skip_special_tokens=True)
    return answers


@pytest.mark.parametrize("question", QUESTIONS)
def test_alone(transformers: Worker, expected: dict[str, str], question: str) -> None:
    answer = transformers.chat(question, temperature=0, max_tokens=32)
    assert text_of(answer) == expected[question]


@pytest.mark.slow
def test_beside_seven_that_are_sampled(transformers: Worker, expected: dict[str, str]) -> None:
    def neighbour(seed: int) -> Any:
        return transformers.chat(
            f"Invent a name for cat number {seed}.", temperature=1.3, seed=seed, max_tokens=32
        )

    question = QUESTIONS[0]
    calls = [partial(transformers.chat, question, temperature=0, max_tokens=32)]
    calls += [partial(neighbour, seed) for seed in range(7)]
    greedy, *sampled = at_once(calls)
    assert text_of(greedy) == expected[question]
    assert len({text_of(answer) for answer in sampled}) == 7
    again = neighbour(3)  # alone this time, with the same seed
    assert text_of(again) == text_of(sampled[3])
