"""Packed linear layers compute what plain ones do."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from jupyter_sw.worker.engines.hf.packing import PackedLinear, pack_linears

AVX2 = frozenset({"avx2"})
AVX512 = AVX2 | {"avx512f"}
BF16 = AVX512 | {"avx512_bf16"}


class Tied(nn.Module):
    """An embedding whose weight is the head's, with two layers between."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(200, 32)
        self.layers = nn.Sequential(nn.Linear(32, 48), nn.Linear(48, 32, bias=False))
        self.head = nn.Linear(32, 200, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.head(self.layers(self.embedding(tokens)))
        return result


@pytest.mark.parametrize(
    ("dtype", "flags", "packed"),
    [
        (torch.float32, AVX2, 3),
        (torch.float32, frozenset(), 3),
        (torch.float32, AVX512, 1),
        (torch.float32, BF16, 1),
        (torch.bfloat16, BF16, 3),
        (torch.bfloat16, AVX512, 0),
        (torch.float16, BF16, 0),
    ],
)
def test_answers_stay(dtype: torch.dtype, flags: frozenset[str], packed: int) -> None:
    torch.manual_seed(0)
    model = Tied().eval().to(dtype)
    tokens = torch.randint(0, 200, (1, 17))
    with torch.no_grad():
        before = model(tokens)
        assert pack_linears(model, flags) == packed
        for count in (1, 5, 17):
            torch.testing.assert_close(model(tokens[:, :count]), before[:, :count])
    assert isinstance(model.head, PackedLinear) == bool(packed)
    assert model.layers[0].weight.shape == (48, 32)


def test_what_else_computes_is_left() -> None:
    class Special(nn.Linear):
        pass

    model = nn.ModuleList([Special(8, 8), nn.LayerNorm(8)])
    assert pack_linears(model, AVX2) == 0
