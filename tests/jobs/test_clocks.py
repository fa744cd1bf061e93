from __future__ import annotations

import pytest

from jupyter_sw.jobs.clocks import Release, next_release, release_at
from jupyter_sw.schemas.jobs import Engine, Job, JobState, Owner
from jupyter_sw.schemas.models import Handler


def a_job(**fields: object) -> Job:
    return Job.model_validate(
        {
            "id": "1",
            "name": "a",
            "model": "m",
            "model_name": "m",
            "handler": Handler.CHATBOT,
            "resource": "auto",
            "runtime": "builtin",
            "engine": Engine.AUTO,
            "dtype": "auto",
            "project": "default",
            "owner": Owner(),
            "state": JobState.RUNNING,
            "created_at": 0.0,
            "running_at": 100.0,
            "idle_since": 100.0,
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"release_after": 30.0}, 130.0),
        ({"release_idle": 20.0}, 120.0),
        ({"release_after": 30.0, "release_idle": 20.0}, 120.0),
        ({"release_after": 30.0, "release_idle": 20.0, "idle_since": 115.0}, 130.0),
        # Busy: the idle clock stands still, the other one does not.
        ({"release_after": 30.0, "release_idle": 20.0, "idle_since": None}, 130.0),
        ({"release_idle": 20.0, "idle_since": None}, None),
        # Waiting is not charged to the user.
        ({"release_after": 30.0, "state": JobState.LOADING, "running_at": None}, None),
    ],
)
def test_release_time(fields: dict[str, object], expected: float | None) -> None:
    assert release_at(a_job(**fields)) == expected


def test_the_reason_names_the_clock_that_fires() -> None:
    first = next_release(a_job(release_after=600.0, release_idle=60.0, idle_since=100.0))
    assert first is not None
    assert (first.cause, first.reason) == (
        "idle clock",
        "Auto-released after 1 min without activity.",
    )
    busy = next_release(a_job(release_after=600.0, release_idle=60.0, idle_since=None))
    assert busy is not None
    assert (busy.cause, busy.reason) == ("release clock", "Auto-released after 10 min.")
    assert next_release(a_job()) is None


def test_what_ran_before_a_pause_counts() -> None:
    job = a_job(release_after=600.0, ran_before=200.0)
    assert release_at(job) == job.running_at + 400.0  # type: ignore[operator]


@pytest.mark.parametrize(
    ("span", "left", "warning", "look"),
    [
        (3600.0, 3000.0, None, 2400.0),
        (3600.0, 600.0, 600.0, 540.0),
        (3600.0, 300.0, 600.0, 240.0),
        (3600.0, 59.0, 60.0, 59.0),
        (600.0, 590.0, None, 530.0),  # set to ten minutes: that they are ten is known
        (30.0, 20.0, None, 20.0),
        (3600.0, -1.0, None, 0.0),
    ],
)
def test_warnings_come_ten_minutes_and_one_before(
    span: float, left: float, warning: float | None, look: float
) -> None:
    release = Release(1000.0, span, "release clock")
    assert release.warning(1000.0 - left) == warning
    assert release.next_look(1000.0 - left) == look
