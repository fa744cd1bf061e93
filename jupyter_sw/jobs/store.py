"""Jobs on disk."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil
from sqlalchemy import Connection, delete, insert, select, update

from jupyter_sw.jobs.database import Database, job_events, jobs
from jupyter_sw.schemas.jobs import Job, JobEvent, JobState

LIVE = [state.value for state in JobState if not state.ended]


@dataclass(frozen=True)
class Process:
    """A process, told apart from a later one with the same pid by when it started."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return the process that has `pid` now."""
        return cls(pid, psutil.Process(pid).create_time())

    def alive(self) -> bool:
        """Tell whether it still runs; a zombie does not."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.started) < 1
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.Error:
            return False


@dataclass(frozen=True)
class WorkerRecord:
    """How to find a worker again."""

    pid: int
    started: float
    socket: str
    token: str

    @property
    def process(self) -> Process:
        """Return the worker's process."""
        return Process(self.pid, self.started)


@dataclass(frozen=True)
class Orphan:
    """A job that its server left alive, and the worker it may have left running."""

    job: Job
    worker: WorkerRecord | None


class JobStore:
    """Reads and writes jobs; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._server = Process.of(os.getpid())

    async def load(self, ended: int) -> tuple[list[Job], list[Orphan]]:
        """Return the newest `ended` ended jobs, and the live ones whose server is gone.

        Jobs that another living server drives are not ours to show or touch.
        """

        def work(connection: Connection) -> tuple[list[Job], list[Orphan]]:
            rows = connection.execute(
                select(jobs.c.document)
                .where(jobs.c.state.not_in(LIVE))
                .order_by(jobs.c.created_at.desc())
                .limit(ended)
            )
            done = [Job.model_validate(row.document) for row in rows]
            orphans = []
            for row in connection.execute(select(jobs).where(jobs.c.state.in_(LIVE))):
                if not Process(row.server_pid, row.server_started).alive():
                    worker = WorkerRecord(**row.worker) if row.worker else None
                    orphans.append(Orphan(Job.model_validate(row.document), worker))
            return done, orphans

        return await self._database.run(work)

    async def add(self, job: Job, event: JobEvent) -> None:
        """Write a new job with the first line of its timeline."""

        def work(connection: Connection) -> None:
            connection.execute(
                insert(jobs).values(
                    id=job.id,
                    project=job.project,
                    state=job.state.value,
                    created_at=job.created_at,
                    document=job.model_dump(mode="json"),
                    server_pid=self._server.pid,
                    server_started=self._server.started,
                    updated_at=time.time(),
                )
            )
            connection.execute(insert(job_events).values(**event.model_dump(mode="json")))

        await self._database.run(work)

    async def save(self, job: Job, event: JobEvent | None = None) -> None:
        """Write a job as it is now, and a line of its timeline."""

        def work(connection: Connection) -> None:
            values: dict[str, Any] = {
                "state": job.state.value,
                "project": job.project,
                "document": job.model_dump(mode="json"),
                "updated_at": time.time(),
            }
            if job.state.ended:
                values["worker"] = None
            connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))
            if event is not None:
                connection.execute(insert(job_events).values(**event.model_dump(mode="json")))

        await self._database.run(work)

    async def save_worker(self, job: str, worker: WorkerRecord) -> None:
        """Remember the worker of a job, so that a later server can find or end it."""
        await self._database.run(
            lambda connection: connection.execute(
                update(jobs).where(jobs.c.id == job).values(worker=asdict(worker))
            )
        )

    async def delete(self, job: str) -> None:
        """Forget a job and its timeline."""

        def work(connection: Connection) -> None:
            connection.execute(delete(job_events).where(job_events.c.job == job))
            connection.execute(delete(jobs).where(jobs.c.id == job))

        await self._database.run(work)

    async def events(self, job: str) -> list[JobEvent]:
        """Return a job's timeline, oldest first."""

        def work(connection: Connection) -> list[JobEvent]:
            rows = connection.execute(
                select(job_events).where(job_events.c.job == job).order_by(job_events.c.id)
            )
            return [JobEvent.model_validate(dict(row._mapping)) for row in rows]

        return await self._database.run(work)
