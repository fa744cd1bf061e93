"""What to change so that a job is released later; arithmetic only."""

from __future__ import annotations

from jupyter_sw.errors import WrongState
from jupyter_sw.jobs.clocks import release_at
from jupyter_sw.schemas.jobs import LONGEST, Job
from jupyter_sw.schemas.quantities import format_duration

_LEAST = 1.0  # seconds; less is nothing


def extension(job: Job, seconds: float, bound: float = 0.0) -> dict[str, float]:
    """Return the clocks that put a job's release off by `seconds`, or as far as `bound` allows.

    Parameters
    ----------
    bound
        No job may run longer, in seconds; 0 is no bound.

    Raises
    ------
    WrongState
        When the job has no clock, or is at the bound already.
    """
    if not job.release_after and not job.release_idle:
        raise WrongState(
            f"Job {job.id} is never released by itself; there is nothing to extend.",
            hint="It runs until it is cancelled.",
        )
    bound = bound or LONGEST
    release = release_at(job)
    if release is None or job.running_at is None:  # not running, or busy
        name = "release_after" if job.release_after else "release_idle"
        before = getattr(job, name) or 0.0
        after = min(before + seconds, bound)
        if after < before + _LEAST:
            raise _at_limit(job, bound)
        return {name: after}
    began = job.running_at - job.ran_before  # as if it had never been paused
    target = min(release + seconds, began + bound)
    if target < release + _LEAST:
        raise _at_limit(job, bound)
    clocks: dict[str, float] = {}
    if job.release_after and began + job.release_after < target:
        clocks["release_after"] = min(target - began, bound)
    if job.release_idle and job.idle_since and job.idle_since + job.release_idle < target:
        clocks["release_idle"] = target - job.idle_since
    return clocks


def _at_limit(job: Job, bound: float) -> WrongState:
    return WrongState(
        f"{job.name} ({job.id}) is at this server's limit: no job runs longer than "
        f"{format_duration(bound)}.",
        hint=f"When it is released, run it again: %sw rerun {job.id}",
    )
