"""Lays out the weights of linear layers the way the CPU reads them fastest.

A batch of few tokens costs what reading the weights costs. torch multiplies float32 with weights in
rows, and reads those of a wide layer twice over; oneDNN's blocked layout is read in one stream (the
same layout and the same operators that `torch.compile` uses when it freezes a model for the CPU).
bfloat16 and other processors than x86 are left alone: nothing was measured there.
"""

from __future__ import annotations

import platform
from typing import Any

import torch
from torch import nn

_MEASURED = ("x86_64", "AMD64")


class PackedLinear(nn.Module):
    """A linear layer whose weight lies in oneDNN's blocks.

    Parameters
    ----------
    linear
        The layer whose place this one takes; float32, on the CPU.
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features = linear.in_features
        self.out_features = linear.out_features
        packed = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), None)
        self.weight = nn.Parameter(packed, requires_grad=False)
        self.bias = linear.bias

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return ``values @ weight.T + bias``; shape [..., in_features] to [..., out_features]."""
        result: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            values, self.weight, self.bias, "none", [], ""
        )
        return result


def pack_linears(model: Any) -> int:
    """Pack every float32 linear layer of a model on the CPU; return how many.

    One layer is packed at a time and its rows are freed, so the peak is one layer more. A head that
    shares its weight with the embedding becomes a copy: the embedding is read by rows.
    """
    onednn: Any = torch.backends.mkldnn  # it has no types to check against
    if platform.machine() not in _MEASURED or not (onednn.enabled and onednn.is_available()):
        return 0
    packed = 0
    with torch.no_grad():
        # Layers are not held here, so that each one's rows go before the next is packed.
        for parent in [module for module in model.modules() if not _packable(module)]:
            for name, child in parent.named_children():
                if _packable(child):
                    setattr(parent, name, PackedLinear(child))
                    packed += 1
    return packed


def _packable(module: nn.Module) -> bool:
    return (
        type(module) is nn.Linear  # what inherits from it computes something else
        and module.weight.dtype == torch.float32
        and module.weight.device.type == "cpu"
    )
