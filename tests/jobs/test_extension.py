from __future__ import annotations

from itertools import product

import pytest

from jupyter_sw.errors import WrongState
from jupyter_sw.jobs.clocks import release_at
from jupyter_sw.jobs.extension import extension
from jupyter_sw.schemas.jobs import LONGEST, JobState
from tests.jobs.test_clocks import a_job


@pytest.mark.parametrize(
    ("fields", "clocks"),
    [
        # released by the first clock alone
        ({"release_after": 600}, {"release_after": 900}),
        # by idleness, long before the other clock
        ({"release_after": 7200, "release_idle": 60, "idle_since": 190}, {"release_idle": 360}),
        # by the first clock, but idleness would come before the new time
        (
            {"release_after": 600, "release_idle": 620, "idle_since": 110},
            {"release_after": 900, "release_idle": 890},
        ),
        # busy: only the clock that does not stand still
        ({"release_after": 600, "release_idle": 60, "idle_since": None}, {"release_after": 900}),
        ({"release_idle": 60, "idle_since": None}, {"release_idle": 360}),
        # paused before: its clock counts what it ran then
        ({"release_after": 600, "ran_before": 100}, {"release_after": 900}),
        # not running yet
        (
            {"release_after": 600, "running_at": None, "state": JobState.QUEUED},
            {"release_after": 900},
        ),
        # at rest: its clock stands still
        (
            {"release_after": 600, "ran_before": 100, "state": JobState.PAUSED},
            {"release_after": 900},
        ),
    ],
)
def test_extending_by_five_minutes(fields: dict[str, object], clocks: dict[str, float]) -> None:
    assert extension(a_job(**fields), 300) == clocks


def test_the_release_moves_by_what_was_asked_whatever_the_clocks() -> None:
    for after, idle, since in product(
        (None, 700, 1000, 5000), (None, 300, 650, 4000), (None, 10.123)
    ):
        job = a_job(
            running_at=0.456,
            release_after=after,
            release_idle=idle,
            idle_since=since,
            ran_before=50,
        )
        before = release_at(job)
        if before is not None:
            after_it = release_at(job.model_copy(update=extension(job, 900)))
            assert after_it == pytest.approx(before + 900)


@pytest.mark.parametrize(
    ("fields", "clocks"),
    [
        ({"release_after": 600}, {"release_after": 700}),
        ({"release_after": 600, "ran_before": 100}, {"release_after": 700}),
        ({"release_after": 700, "release_idle": 60, "idle_since": 700}, {"release_idle": 100}),
        ({"release_after": 600, "running_at": None}, {"release_after": 700}),
    ],
)
def test_no_further_than_the_bound(fields: dict[str, object], clocks: dict[str, float]) -> None:
    assert extension(a_job(**fields), 300, bound=700) == clocks


def test_what_cannot_be_extended() -> None:
    with pytest.raises(WrongState, match="never released"):
        extension(a_job(), 300)
    with pytest.raises(WrongState, match="no job runs longer than 10 min"):
        extension(a_job(release_after=600), 300, bound=600)
    with pytest.raises(WrongState, match="no job runs longer"):
        extension(a_job(release_after=600, running_at=None), 300, bound=600)
    assert extension(a_job(release_after=600), LONGEST) == {"release_after": LONGEST}
