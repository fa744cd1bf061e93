"""When a job is released: arithmetic only, no timers."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_sw.schemas.jobs import Job, JobState
from jupyter_sw.schemas.quantities import format_duration

RELEASE_CLOCK = "release clock"
IDLE_CLOCK = "idle clock"
WARNINGS = (600.0, 60.0)  # seconds before a release


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


@dataclass(frozen=True)
class Release:
    """The clock that is the next to release a job."""

    at: float
    span: float
    """Seconds the clock was set to."""
    cause: str
    """``release clock`` or ``idle clock``."""

    @property
    def reason(self) -> str:
        """Say what the clock did when it fired."""
        span = format_duration(self.span)
        if self.cause == IDLE_CLOCK:
            return f"Auto-released after {span} without activity."
        return f"Auto-released after {span}."

    def warning(self, now: float) -> float | None:
        """Return the least of `WARNINGS` that has been reached, in seconds before the release.

        A clock that was not set to more than a warning's time gives no such warning: who asked
        for ten minutes knows that they are ten.
        """
        left = self.at - now
        return min((w for w in WARNINGS if 0 < left <= w < self.span), default=None)

    def next_look(self, now: float) -> float:
        """Return the seconds until the next warning or the release itself."""
        left = self.at - now
        ahead = [left - w for w in WARNINGS if w < self.span and left > w]
        return max(0.0, min([*ahead, left]))


def next_release(job: Job) -> Release | None:
    """Return which clock releases the job and when; None when none does as things stand."""
    at = release_at(job)
    if at is None:
        return None
    fixed = fixed_release_at(job)
    if job.release_after and fixed is not None and fixed <= at:
        return Release(fixed, job.release_after, RELEASE_CLOCK)
    return Release(at, job.release_idle or 0.0, IDLE_CLOCK)
