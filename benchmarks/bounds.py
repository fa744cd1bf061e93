"""What is promised of a measure, and whether it was kept."""

from __future__ import annotations

import operator
from dataclasses import dataclass

_HOLDS = {"at least": operator.ge, "at most": operator.le, "under": operator.lt}


@dataclass(frozen=True)
class Bound:
    """A figure that a measure's median is held against."""

    words: str
    """`at least`, `at most` or `under`."""
    value: float

    @classmethod
    def parse(cls, text: str) -> Bound:
        """Return the bound that `str` wrote."""
        words, _, value = text.rpartition(" ")
        if words not in _HOLDS:
            raise ValueError(f"{text!r} is no bound; one begins with {', '.join(_HOLDS)}.")
        return cls(words, float(value))

    def __str__(self) -> str:
        return f"{self.words} {self.value:g}"

    def kept_by(self, measured: float) -> bool:
        """Tell whether a figure keeps the promise."""
        return bool(_HOLDS[self.words](measured, self.value))

    def margin(self, measured: float) -> float:
        """Return how many times better than promised a figure is; less than 1 is worse.

        Of a bound from above it is the bound over the figure, which grows without end towards 0:
        a figure of 0 or less is infinitely better.
        """
        if self.words == "at least":
            return measured / self.value
        return self.value / measured if measured > 0 else float("inf")


def at_least(value: float) -> Bound:
    """Return the bound of what should be large."""
    return Bound("at least", value)


def at_most(value: float) -> Bound:
    """Return the bound of what may be as large as this."""
    return Bound("at most", value)


def under(value: float) -> Bound:
    """Return the bound of what should be smaller."""
    return Bound("under", value)
