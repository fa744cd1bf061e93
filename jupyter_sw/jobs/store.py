"""Jobs on disk."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

import psutil
from sqlalchemy import Connection, Row, delete, insert, not_, select, update

from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.tables import commands, job_events, jobs, projects
from jupyter_sw.schemas.jobs import Job, JobEvent, JobRequest, JobState

LIVE = [state.value for state in JobState if not state.ended]
_PASSING = jobs.c.state.not_in(LIVE) & jobs.c.pinned.is_(False)  # those that are forgotten one day
_SAME = 0.05  # seconds between two readings of one start; the kernel counts hundredths
_OVERLAP = 5.0  # seconds that are read again: two servers' clocks and commits interleave


@dataclass(frozen=True)
class Process:
    """A process, told apart from a later one with the same pid by when it started."""

    pid: int
    started: float
    """Seconds, of a clock that nobody can set."""

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return the process that has `pid` now."""
        return cls(pid, _started(psutil.Process(pid)))

    def alive(self) -> bool:
        """Tell whether it still runs; a zombie does not."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(_started(process) - self.started) < _SAME
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
class StoredJob:
    """A job, what was asked for, who drives it, and the worker it has."""

    job: Job
    request: JobRequest
    server: Process
    worker: WorkerRecord | None


@dataclass(frozen=True)
class Command:
    """What another server of the same user wants done with a job that is driven here."""

    id: str
    job: str
    verb: str
    body: dict[str, Any]


class JobStore:
    """Reads and writes jobs; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.server = Process.of(os.getpid())

    async def load(self, ended: int) -> list[StoredJob]:
        """Return all live and pinned jobs and the newest `ended` others, whoever drives them."""

        def work(connection: Connection) -> list[StoredJob]:
            done = select(jobs).where(_PASSING).order_by(jobs.c.created_at.desc()).limit(ended)
            kept = select(jobs).where(not_(_PASSING))
            return [_stored(row) for query in (done, kept) for row in connection.execute(query)]

        return await self._database.run(work)

    async def news(self, since: float, event: int) -> tuple[list[StoredJob], list[JobEvent], int]:
        """Return jobs written after a moment, lines written after a line, and the last line's id.

        What this server wrote itself is among it: jobs are told apart by their `seq`.
        """

        def work(connection: Connection) -> tuple[list[StoredJob], list[JobEvent], int]:
            changed = connection.execute(
                select(jobs).where(jobs.c.updated_at > since - _OVERLAP)
            ).all()
            lines = connection.execute(
                select(job_events).where(job_events.c.id > event).order_by(job_events.c.id)
            ).all()
            last = lines[-1].id if lines else event
            return [_stored(row) for row in changed], [_event(row) for row in lines], last

        return await self._database.run(work)

    async def beyond(self, ended: int) -> list[str]:
        """Return the ids of all ended jobs but pinned ones and the newest `ended` others."""

        def work(connection: Connection) -> list[str]:
            rows = connection.execute(
                select(jobs.c.id)
                .where(_PASSING)
                .order_by(jobs.c.created_at.desc())
                .limit(-1)
                .offset(ended)
            )
            return list(rows.scalars())

        return await self._database.run(work)

    async def get(self, job: str) -> StoredJob | None:
        """Return a job as it is on disk."""

        def work(connection: Connection) -> StoredJob | None:
            row = connection.execute(select(jobs).where(jobs.c.id == job)).first()
            return _stored(row) if row is not None else None

        return await self._database.run(work)

    async def last_event(self) -> int:
        """Return the id of the newest line of all timelines."""

        def work(connection: Connection) -> int:
            query = select(job_events.c.id).order_by(job_events.c.id.desc()).limit(1)
            return connection.execute(query).scalar() or 0

        return await self._database.run(work)

    async def add(self, job: Job, request: JobRequest, event: JobEvent) -> None:
        """Write a new job with the first line of its timeline."""

        def work(connection: Connection) -> None:
            connection.execute(
                insert(jobs).values(
                    id=job.id,
                    created_at=job.created_at,
                    request=request.model_dump(mode="json"),
                    server_pid=self.server.pid,
                    server_started=self.server.started,
                    **_columns(job),
                )
            )
            connection.execute(insert(job_events).values(**event.model_dump(mode="json")))

        await self._database.run(work)

    async def save(self, job: Job, event: JobEvent | None = None) -> None:
        """Write a job as it is now, and a line of its timeline."""

        def work(connection: Connection) -> None:
            values = _columns(job)
            if job.state.ended or job.state is JobState.PAUSED:
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

    async def take_over(self, stored: StoredJob) -> bool:
        """Become the one that drives a job; False when another server was quicker."""

        def work(connection: Connection) -> bool:
            taken = connection.execute(
                update(jobs)
                .where(
                    jobs.c.id == stored.job.id,
                    jobs.c.server_pid == stored.server.pid,
                    jobs.c.server_started == stored.server.started,
                )
                .values(server_pid=self.server.pid, server_started=self.server.started)
            )
            return taken.rowcount == 1

        return await self._database.run(work)

    async def delete(self, gone: list[str]) -> None:
        """Forget jobs and their timelines."""

        def work(connection: Connection) -> None:
            connection.execute(delete(job_events).where(job_events.c.job.in_(gone)))
            connection.execute(delete(commands).where(commands.c.job.in_(gone)))
            connection.execute(delete(jobs).where(jobs.c.id.in_(gone)))

        await self._database.run(work)

    async def events(self, job: str) -> list[JobEvent]:
        """Return a job's timeline, oldest first."""

        def work(connection: Connection) -> list[JobEvent]:
            rows = connection.execute(
                select(job_events).where(job_events.c.job == job).order_by(job_events.c.id)
            )
            return [_event(row) for row in rows]

        return await self._database.run(work)

    async def changed_by_others(self) -> bool:
        """Tell whether another process wrote since this was last asked."""
        return await self._database.changed_by_others()

    # Between servers -------------------------------------------------------------------------

    async def ask(self, command: Command) -> None:
        """Leave a command for the server that drives a job."""
        await self._database.run(
            lambda connection: connection.execute(
                insert(commands).values(**asdict(command), created_at=time.time())
            )
        )

    async def answer_to(self, command: str) -> dict[str, Any] | None:
        """Return the answer to a command, and forget both; None when there is none yet."""

        def work(connection: Connection) -> dict[str, Any] | None:
            mine = commands.c.id == command
            answer: dict[str, Any] | None = connection.execute(
                select(commands.c.answer).where(mine)
            ).scalar()
            if answer is not None:
                connection.execute(delete(commands).where(mine))
            return answer

        return await self._database.run(work)

    async def forget(self, command: str) -> None:
        """Take back a command that nobody answered."""
        await self._database.run(
            lambda connection: connection.execute(delete(commands).where(commands.c.id == command))
        )

    async def asked(self) -> list[Command]:
        """Return the commands for jobs that are driven here, oldest first."""

        def work(connection: Connection) -> list[Command]:
            rows = connection.execute(
                select(commands)
                .join(jobs, jobs.c.id == commands.c.job)
                .where(
                    commands.c.answer.is_(None),
                    jobs.c.server_pid == self.server.pid,
                    jobs.c.server_started == self.server.started,
                )
                .order_by(commands.c.created_at)
            )
            return [Command(row.id, row.job, row.verb, row.body) for row in rows]

        return await self._database.run(work)

    async def answer(self, command: str, answer: dict[str, Any]) -> None:
        """Answer a command."""
        await self._database.run(
            lambda connection: connection.execute(
                update(commands).where(commands.c.id == command).values(answer=answer)
            )
        )

    # Projects --------------------------------------------------------------------------------

    async def projects(self) -> list[str]:
        """Return the projects that were made by name."""
        return await self._database.run(
            lambda connection: list(connection.execute(select(projects.c.name)).scalars())
        )

    async def add_project(self, name: str) -> None:
        """Make a project; one that is there stays."""

        def work(connection: Connection) -> None:
            if connection.execute(select(projects).where(projects.c.name == name)).first() is None:
                connection.execute(insert(projects).values(name=name, created_at=time.time()))

        await self._database.run(work)


def _started(process: psutil.Process) -> float:
    # Linux keeps a start in ticks since the boot, and moves the boot when somebody sets the clock.
    if psutil.LINUX:
        boot = psutil.boot_time()
        return process.create_time() - boot
    return process.create_time()


def _columns(job: Job) -> dict[str, Any]:
    return {
        "state": job.state.value,
        "project": job.project,
        "pinned": job.pinned,
        "document": job.model_dump(mode="json"),
        "updated_at": time.time(),
    }


def _stored(row: Row[Any]) -> StoredJob:
    job = Job.model_validate(row.document)
    # Rows of before the column was there lack the request; the job has most of it.
    request = row.request or {
        name: getattr(job, name)
        for name in ("model", "version", "resource", "engine", "dtype", "context", "project")
    }
    return StoredJob(
        job=job,
        request=JobRequest.model_validate(request),
        server=Process(row.server_pid, row.server_started),
        worker=WorkerRecord(**row.worker) if row.worker else None,
    )


def _event(row: Row[Any]) -> JobEvent:
    fields = dict(row._mapping)
    fields.pop("id")
    return JobEvent.model_validate(fields)
