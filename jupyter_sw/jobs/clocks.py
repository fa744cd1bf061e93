"""When a job is released: arithmetic only, no timers."""

from __future__ import annotations

from jupyter_sw.schemas.jobs import Job, JobState
from jupyter_sw.schemas.quantities import format_duration


def release_at(job: Job) -> float | None:
    """Return when the job is released as things stand, in seconds since the epoch.

    ``release_after`` counts from `running_at`, so that waiting is not charged to the user, and
    goes on after a pause where it stood;
    ``release_idle`` counts from the end of the last activity and stands still while the job is
    busy (`idle_since` is None). None: not running, or never.
    """
    if job.state is not JobState.RUNNING or job.running_at is None:
        return None
    ends = [fixed_release_at(job)]
    if job.release_idle and job.idle_since is not None:
        ends.append(job.idle_since + job.release_idle)
    return min((end for end in ends if end is not None), default=None)


def fixed_release_at(job: Job) -> float | None:
    """Return the release time that no activity moves; the one that a worker keeps by itself."""
    if job.running_at is None or not job.release_after:
        return None
    return job.running_at + job.release_after - job.ran_before


def release_reason(job: Job, now: float) -> str:
    """Say which clock released the job."""
    fixed = fixed_release_at(job)
    if job.release_after and fixed is not None and now >= fixed:
        return f"Auto-released after {format_duration(job.release_after)}."
    return f"Auto-released after {format_duration(job.release_idle or 0)} without activity."
