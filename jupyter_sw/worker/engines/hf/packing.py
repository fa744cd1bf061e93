"""Lays out the weights of linear layers the way the CPU reads them fastest.

A batch of few tokens costs what reading the weights costs. oneDNN's blocked layout is read in one
stream (the same layout and the same operators that `torch.compile` uses when it freezes a model for
the CPU). What it is worth depends on the processor, and was measured for one and for eight rows:

========================================  =====================================================
float32 with AVX2                         faster for both: torch reads a wide layer twice over
float32 with AVX-512                      with one row slower by a tenth, but for layers that
                                          widen much (a head); those are packed
bfloat16 with AVX512_BF16 or AMX          faster for both
bfloat16 without, other processors        never measured, left alone
========================================  =====================================================
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from jupyter_sw.worker.engines.hf.device import BF16_FLAGS, cpu_flags

_MEASURED = ("x86_64", "AMD64")
_MUCH_WIDER = 4  # times as many outputs as inputs


class PackedLinear(nn.Module):
    """A linear layer whose weight lies in oneDNN's blocks.

    Parameters
    ----------
    linear
        The layer whose place this one takes; on the CPU.
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


def pack_linears(model: Any, flags: frozenset[str] | None = None) -> int:
    """Pack those linear layers of a model on the CPU that it makes faster; return how many.

    One layer is packed at a time and its rows are freed, so the peak is one layer more. A head that
    shares its weight with the embedding becomes a copy: the embedding is read by rows.

    Parameters
    ----------
    flags
        The processor's instruction sets; None looks for itself.
    """
    onednn: Any = torch.backends.mkldnn  # it has no types to check against
    if platform.machine() not in _MEASURED or not (onednn.enabled and onednn.is_available()):
        return 0
    gains = _gains(cpu_flags() if flags is None else flags)
    packed = 0
    with torch.no_grad():
        # Layers are not held here, so that each one's rows go before the next is packed.
        for parent in [module for module in model.modules() if type(module) is not nn.Linear]:
            for name, child in parent.named_children():
                # What inherits from a linear layer computes something else.
                if type(child) is nn.Linear and child.weight.device.type == "cpu" and gains(child):
                    setattr(parent, name, PackedLinear(child))
                    packed += 1
    return packed


def _gains(flags: frozenset[str]) -> Callable[[nn.Linear], bool]:
    """Return what tells whether packing makes a layer faster on this processor."""

    def gains(layer: nn.Linear) -> bool:
        if layer.weight.dtype == torch.bfloat16:
            return bool(flags & BF16_FLAGS)
        widens = layer.out_features >= _MUCH_WIDER * layer.in_features
        return layer.weight.dtype == torch.float32 and ("avx512f" not in flags or widens)

    return gains
