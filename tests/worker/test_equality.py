"""Greedy tokens of the transformers engine are those of `generate`, whatever surrounds them.

Float32 and tiny random models: a wrong mask, position or cached block changes the tokens at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from tests.worker.helpers import loaded
from tests.worker.pair import Pair, prompt
from tests.worker.tiny import build_tiny

WINDOW = 48  # tokens; prompts are longer
CHUNK = 256  # tokens of a prompt that the engine reads in one step on a CPU

FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {"config": "LlamaConfig", "model": "LlamaForCausalLM", "num_key_value_heads": 2},
    "qwen2": {"config": "Qwen2Config", "model": "Qwen2ForCausalLM", "num_key_value_heads": 2},
    "qwen3": {
        "config": "Qwen3Config",
        "model": "Qwen3ForCausalLM",
        "num_key_value_heads": 2,
        "head_dim": 8,
    },
    "mistral, all layers with a window": {
        "config": "MistralConfig",
        "model": "MistralForCausalLM",
        "num_key_value_heads": 2,
        "sliding_window": WINDOW,
    },
    "gemma3, every second layer with a window": {
        "config": "Gemma3TextConfig",
        "model": "Gemma3ForCausalLM",
        "head_dim": 8,
        "num_key_value_heads": 2,
        "sliding_window": WINDOW,
        "layer_types": ["sliding_attention", "full_attention"],
    },
}


@pytest.fixture(scope="module", params=FAMILIES.values(), ids=FAMILIES)
def pair(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    import torch
    from transformers import AutoModelForCausalLM

    files = build_tiny(tmp_path_factory.mktemp("tiny"), **request.param)
    model: Any = AutoModelForCausalLM.from_pretrained(files.path, dtype=torch.float32)
    with loaded(files) as (engine, _):
        yield Pair(engine, model.eval())


def test_alone(pair: Pair) -> None:
    for length in (2, WINDOW - 1, WINDOW, 3 * WINDOW):
        asked = prompt(length, seed=length)
        assert asyncio.run(pair.tokens(asked)) == pair.expected(asked), length


def test_a_prompt_that_is_read_in_chunks(pair: Pair) -> None:
    for length in (CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 100):
        asked = prompt(length, seed=length)
        assert asyncio.run(pair.tokens(asked)) == pair.expected(asked), length


def test_eight_of_different_lengths_at_once(pair: Pair) -> None:
    asked = [prompt(length, seed=length) for length in (3, 30, 47, 64, 100, 200, 300, 520)]

    async def scene() -> list[list[int]]:
        return await asyncio.gather(*(pair.tokens(one) for one in asked))

    assert asyncio.run(scene()) == [pair.expected(one) for one in asked]


def test_a_prompt_whose_beginning_was_read_before(pair: Pair) -> None:
    """A turn after another, the same again, and another end of the same beginning."""
    first = prompt(150, seed=1)
    turns = [
        first,
        [*first, *pair.expected(first), *prompt(60, seed=2)[1:]],
        first,
        [*first[:100], *prompt(90, seed=3)[1:]],
    ]
    for asked in turns:
        assert asyncio.run(pair.tokens(asked)) == pair.expected(asked)


def test_while_neighbours_are_broken_off(pair: Pair) -> None:
    """Broken off while it is read, and in the middle of its reply; then the same once more."""
    stays, leaves, reads = prompt(90, seed=4), prompt(80, seed=5), prompt(900, seed=6)

    async def scene() -> list[list[int]]:
        return await asyncio.gather(
            pair.tokens(stays),
            pair.tokens(leaves, stop_after=5),
            pair.tokens(reads, stop_after=0),
            pair.tokens(prompt(70, seed=7)),
        )

    kept, left, _, other = asyncio.run(scene())
    assert kept == pair.expected(stays)
    assert other == pair.expected(prompt(70, seed=7))
    assert left == pair.expected(leaves)[: len(left)]
    for again in (leaves, reads):
        assert asyncio.run(pair.tokens(again)) == pair.expected(again)
