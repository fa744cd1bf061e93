"""The averages a job shows of its latest replies."""

from __future__ import annotations

import pytest

from jupyter_sw.schemas.generation import Timings
from jupyter_sw.worker.averages import LatestReplies


def reply(**told: float) -> Timings:
    """Return the timings of a reply of ten tokens."""
    return Timings.model_validate({"completion_tokens": 10, **told})


def test_the_latest_fifty_replies_count() -> None:
    latest = LatestReplies()
    for number in range(60):
        latest.add(reply(first_token=number, per_token=0.02))
    averages = latest.averages()
    assert averages.replies == 50
    assert averages.first_token == pytest.approx(34.5)  # the mean of 10 to 59
    assert averages.per_token == 0.02
    assert averages.tokens_per_second == 50


def test_what_nobody_told_is_not_made_up() -> None:
    latest = LatestReplies()
    latest.add(Timings())  # it ended before it began
    assert latest.averages().replies == 0
    latest.add(reply(first_token=1))
    latest.add(reply())
    averages = latest.averages()
    assert (averages.replies, averages.first_token) == (2, 1)
    assert averages.reused is averages.queue is averages.prefill_tokens_per_second is None


def test_only_tokens_that_were_computed_count_for_the_speed_of_reading() -> None:
    latest = LatestReplies()
    latest.add(reply(prompt_tokens=1000, reused_tokens=900, prefill=0.5))
    latest.add(reply(prompt_tokens=200, reused_tokens=0, prefill=1))
    averages = latest.averages()
    assert averages.prefill_tokens_per_second == 200  # 100 + 200 tokens in 1.5 s
    assert averages.reused == 0.75
