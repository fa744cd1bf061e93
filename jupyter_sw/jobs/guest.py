"""A job that another server of the same user drives, as far as it can be spoken to from here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jupyter_sw.jobs.book import Book
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.schemas.jobs import Job, JobState


@dataclass(frozen=True)
class GuestRun:
    """What `JobRun` offers those who talk to a model, for a job that is not driven here."""

    job_id: str
    book: Book
    client: WorkerClient
    worker: int
    """The worker's pid: a job that was paused and resumed has another one."""

    @property
    def job(self) -> Job:
        """Return the job as it was last heard of."""
        return self.book.get(self.job_id)

    @property
    def leaving(self) -> bool:
        """Tell whether the worker was taken away on purpose."""
        return self.job.state is not JobState.RUNNING

    @contextmanager
    def activity(self) -> Iterator[None]:
        """Do nothing: its own server learns from the worker that it is busy."""
        yield
