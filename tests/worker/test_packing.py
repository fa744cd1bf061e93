"""Packed linear layers compute what plain ones do."""

from __future__ import annotations

import torch
from torch import nn

from jupyter_sw.worker.engines.hf.packing import PackedLinear, pack_linears


class Tied(nn.Module):
    """An embedding whose weight is the head's, with two layers between."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(96, 32)
        self.layers = nn.Sequential(nn.Linear(32, 48), nn.Linear(48, 32, bias=False))
        self.head = nn.Linear(32, 96, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.head(self.layers(self.embedding(tokens)))
        return result


def test_answers_stay() -> None:
    torch.manual_seed(0)
    model = Tied().eval()
    tokens = torch.randint(0, 96, (1, 17))
    with torch.no_grad():
        before = model(tokens)
        assert pack_linears(model) == 3
        for count in (1, 5, 17):
            torch.testing.assert_close(model(tokens[:, :count]), before[:, :count])
    assert isinstance(model.head, PackedLinear)
    assert model.layers[0].weight.shape == (48, 32)


def test_what_else_computes_is_left() -> None:
    class Special(nn.Linear):
        pass

    model = nn.ModuleList([Special(8, 8), nn.Linear(8, 8, dtype=torch.bfloat16), nn.LayerNorm(8)])
    assert pack_linears(model) == 0
