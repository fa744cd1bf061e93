"""What the latest replies had in common: the averages a job shows."""

from __future__ import annotations

from collections import deque
from statistics import fmean

from jupyter_sw.schemas.generation import Timings
from jupyter_sw.schemas.jobs import ReplyAverages

_REPLIES = 50  # as the wire model says


class LatestReplies:
    """Keeps the timings of the latest replies.

    They are counted in replies, not in minutes, so the averages of an idle job stay as they are.
    """

    def __init__(self) -> None:
        self._timings: deque[Timings] = deque(maxlen=_REPLIES)

    def add(self, timings: Timings) -> None:
        """Take in a reply that has ended, unless it did before it began."""
        if timings.completion_tokens:
            self._timings.append(timings)

    def averages(self) -> ReplyAverages:
        """Put them together, rounded to what is worth telling."""
        pace = self._mean("per_token")
        return ReplyAverages(
            replies=len(self._timings),
            queue=_rounded(self._mean("queue"), 4),
            first_token=_rounded(self._mean("first_token"), 4),
            per_token=_rounded(pace, 5),
            tokens_per_second=_rounded(1 / pace, 2) if pace else None,
            prefill_tokens_per_second=_rounded(self._prefill_speed(), 1),
            reused=_rounded(self._reused(), 3),
        )

    def _mean(self, name: str) -> float | None:
        told = [getattr(one, name) for one in self._timings]
        known = [value for value in told if value is not None]
        return fmean(known) if known else None

    def _prefill_speed(self) -> float | None:
        told = [(one, one.prefill) for one in self._timings if one.prefill and one.prompt_tokens]
        computed = sum((one.prompt_tokens or 0) - (one.reused_tokens or 0) for one, _ in told)
        return computed / sum(seconds for _, seconds in told) if told else None

    def _reused(self) -> float | None:
        told = [one for one in self._timings if one.reused_tokens is not None]
        prompts = sum(one.prompt_tokens or 0 for one in told)
        return sum(one.reused_tokens or 0 for one in told) / prompts if prompts else None


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
