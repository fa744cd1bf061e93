from __future__ import annotations

import pytest

from jupyter_sw.jobs.clocks import release_at, release_reason
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


def test_the_reason_names_the_clock_that_fired() -> None:
    job = a_job(release_after=600.0, release_idle=60.0)
    assert release_reason(job, 700.0) == "Auto-released after 10 min."
    assert release_reason(job, 160.0) == "Auto-released after 1 min without activity."
