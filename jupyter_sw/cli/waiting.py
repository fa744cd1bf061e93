"""Finding the job that is meant, and waiting for it with one line of progress."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jupyter_sw.cli.surface import Interrupted, ProgressLine, Surface

if TYPE_CHECKING:
    from jupyter_sw.client.job import Job
    from jupyter_sw.schemas.jobs import Job as Info
    from jupyter_sw.schemas.jobs import JobNews, PhaseSeconds


def find(key: str | None, state: str = "live") -> Job:
    """Return the job with this id or name; without one, the only one in `state`."""
    from jupyter_sw.client import running, session

    return running.find(session.connect(), key, state=state)


def wait(
    surface: Surface,
    job: Job,
    line: ProgressLine,
    state: str = "running",
    timeout: float | None = None,
) -> None:
    """Show how far a job is until it is in a state.

    Raises
    ------
    Interrupted
        When the person has waited long enough; the job goes on.
    SwError
        As `Job.wait`.
    """
    try:
        job.wait(timeout, lambda news: line.update(news_text(news)), states=state)
    except KeyboardInterrupt:
        line.end(f"{job.info.name} ({job.id}) goes on.")
        raise Interrupted(
            f"Interrupted; job {job.id} goes on.",
            hint=f"Cancel it with: {surface.program} cancel {job.id}",
        ) from None
    except BaseException:
        line.end(f"{job.info.name} ({job.id}) {job.info.state.value}.")
        raise
    line.end(arrived_text(job.info))


def arrived_text(info: Info) -> str:
    """Say that a job is where it was waited for, and what took how long."""
    if info.state.value != "running":
        return f"{info.name} ({info.id}) {info.state.value}. {info.reason}".rstrip()
    if info.ran_before:
        return f"Running again: {_phases_text(info.phases)}."
    took = (info.running_at or 0) - info.created_at
    return f"Running after {took:.1f} s: {_phases_text(info.phases)}."


def news_text(news: JobNews) -> str:
    """Say how far a job is."""
    from jupyter_sw.client.cards import progress_text

    job = news.job
    how_far = progress_text(job)
    if job.release_at is not None:
        # A moment, not a countdown: it stays right while nothing changes.
        moment = time.localtime(job.release_at - news.now + time.time())
        how_far = f"released at {time.strftime('%H:%M:%S', moment)}"
    start = f"{job.name} ({job.id}) {job.state.value} {news.now - job.created_at:.0f} s"
    return f"{start} · {how_far}" if how_far else start


def _phases_text(phases: PhaseSeconds) -> str:
    took = phases.model_dump(exclude_none=True)
    return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in took.items())
