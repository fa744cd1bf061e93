"""What to change so that a job is released later."""

from __future__ import annotations

from jupyter_sw.errors import WrongState
from jupyter_sw.schemas.jobs import Job, JobPatch


def extension(job: Job, seconds: float) -> JobPatch:
    """Return the change that puts a job's release off by `seconds`; 0 takes its clocks away.

    Raises
    ------
    WrongState
        When the job has no clock.
    """
    if not job.release_after and not job.release_idle:
        raise WrongState(
            f"Job {job.id} is never released by itself; there is nothing to extend.",
            hint="It runs until it is cancelled.",
        )
    if seconds == 0:
        return JobPatch(release_after=0, release_idle=0)
    if job.release_at is None or job.running_at is None:  # not running, or busy
        if job.release_after:
            return JobPatch(release_after=job.release_after + seconds)
        return JobPatch(release_idle=(job.release_idle or 0) + seconds)
    target = job.release_at + seconds
    began = job.running_at - job.ran_before  # as if it had never been paused
    patch: dict[str, float] = {}
    if job.release_after and began + job.release_after < target:
        patch["release_after"] = target - began
    if job.release_idle and job.idle_since and job.idle_since + job.release_idle < target:
        patch["release_idle"] = target - job.idle_since
    return JobPatch(**patch)
