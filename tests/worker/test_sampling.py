"""Drawing tokens by the Gumbel-max trick."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from jupyter_sw.worker.engines.base import Sampling
from jupyter_sw.worker.engines.hf.rows import Row
from jupyter_sw.worker.engines.hf.sampling import RowSampler

LOGITS = torch.tensor([2.0, 1.0, 0.5, 0.0, -1.0, -3.0])


def draw(
    logits: torch.Tensor, rows: list[tuple[Sampling, int]], *, static: bool = False
) -> list[int]:
    """Return the token each row takes; a row is its settings and its position."""
    sampler = RowSampler(static=static)
    storage = torch.empty((sampler.tensors_required, len(rows) + 3), dtype=torch.int32)
    sampler.fill_defaults(storage)
    requests = [
        SimpleNamespace(
            has_new_token=True,
            query_length=1,
            state=SimpleNamespace(position_offset=position, request_id=str(number)),
        )
        for number, (_, position) in enumerate(rows)
    ]
    sampler.rows = {str(number): Row(one, [1]) for number, (one, _) in enumerate(rows)}
    sampler.prepare_tensor_args(requests, storage)
    scores = logits.expand(len(rows), -1).clone()
    return sampler(torch.zeros(1), scores, storage).argmax(dim=-1).tolist()


def settings(
    temperature: float = 1.0,
    top_p: float = 1.0,
    top_k: int = 0,
    seed: int = 7,
    min_p: float = 0.0,
) -> Sampling:
    return Sampling(temperature, top_p, top_k, seed, 10, min_p=min_p)


@pytest.mark.parametrize(
    ("temperature", "top_p", "top_k", "min_p"),
    [
        (1.0, 1.0, 0, 0.0),
        (0.5, 1.0, 0, 0.0),
        (2.0, 1.0, 3, 0.0),
        (1.0, 0.8, 0, 0.0),
        (1.5, 0.7, 4, 0.0),
        (1.0, 1.0, 0, 0.2),
        (2.0, 0.9, 5, 0.3),
    ],
)
def test_draws_follow_the_distribution(
    temperature: float, top_p: float, top_k: int, min_p: float
) -> None:
    shares = (LOGITS / temperature).softmax(dim=-1)
    if top_k:
        shares[top_k:] = 0
        shares /= shares.sum()
    shares[shares.cumsum(dim=-1) - shares >= top_p] = 0
    shares[shares < min_p * shares.max()] = 0
    shares /= shares.sum()

    count = 20_000
    rows = [
        (settings(temperature, top_p, top_k, min_p=min_p), position) for position in range(count)
    ]
    found = torch.bincount(torch.tensor(draw(LOGITS, rows)), minlength=len(LOGITS)) / count
    assert found[shares == 0].sum() == 0
    assert (found - shares).abs().max() < 0.015


def test_a_row_depends_on_its_own_seed_and_position_only() -> None:
    one = (settings(seed=123456789012), 40)
    alone = draw(LOGITS, [one])
    crowd = [(settings(seed=seed), 40) for seed in range(50)]
    assert draw(LOGITS, [*crowd, one])[-1:] == alone
    assert len(set(draw(LOGITS, crowd))) > 1


def test_temperature_zero_is_greedy_beside_others() -> None:
    rows = [(settings(temperature=0), n) if n % 2 else (settings(), n) for n in range(40)]
    assert set(draw(LOGITS, rows)[1::2]) == {0}


@pytest.mark.parametrize("vocabulary", [6, 5000])
def test_a_captured_step_draws_the_same(vocabulary: int) -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(vocabulary, generator=generator) * 3
    kinds = [
        settings(),
        settings(0.7, 0.9, 40),
        settings(1.3, 0.5, 0),
        settings(0),
        settings(1, 1, 5),
        settings(1.2, 1, 0, min_p=0.1),
    ]
    rows = [(kind, position) for position in range(20) for kind in kinds]
    one_by_one = [draw(logits, [row])[0] for row in rows]
    assert draw(logits, rows) == one_by_one
    assert draw(logits, rows, static=True) == one_by_one
