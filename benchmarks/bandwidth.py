"""How fast a GPU could generate if reading its memory were all it had to do."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_sw.models.memory import DTYPE_BYTES
from jupyter_sw.models.weights import Weights


@dataclass(frozen=True)
class Traffic:
    """What a model reads of the device's memory for a token, in bytes.

    All weights count, once for a whole batch. A step looks up only some rows of the input
    embeddings, so that of a model of 7B the limit is some 2 % too low.
    """

    weights: int
    context: int
    """Keys and values of one earlier token, over all layers."""

    @classmethod
    def of(cls, weights: Weights, dtype: str) -> Traffic:
        """Return the traffic of a model that computes in `dtype`."""
        width = DTYPE_BYTES[dtype]
        return cls(
            weights=weights.floats * width + weights.packed_bytes,
            context=weights.cache_values * width,
        )

    def step(self, batch: int, context: float) -> float:
        """Return the bytes of one step: a token for each of `batch` replies.

        Parameters
        ----------
        context
            Tokens of a conversation, in the mean.
        """
        return self.weights + batch * context * self.context

    def limit(self, bandwidth: float, batch: int, context: float) -> float:
        """Return the tokens per second of all replies together at `bandwidth` bytes a second."""
        return batch * bandwidth / self.step(batch, context)


def copied(size: int, times: int, milliseconds: float) -> float:
    """Return the bytes a second that copies moved: each byte is read and written."""
    return 2 * size * times / (milliseconds / 1000)
