"""Grants and asks of all servers of this user, in the job store.

A decision and its grant are one transaction that begins by locking the database, so two servers
can never grant the same bytes. Nothing of it is kept in memory.

Who cleans up: a job's own end releases its grant; the server that takes a job over from a dead one
does the same for it; what a server left to jobs that hold nothing any more is swept with the next
decision.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select, update

from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.queueing import Ask, Decision, Holding, Waiting, account, decide
from jupyter_sw.jobs.store import LIVE, Process
from jupyter_sw.jobs.tables import asks, grants, jobs, peaks
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.jobs import Engine, Grant, JobState

# A paused job's worker was gone before that was written, and one that waits is granted anew.
_HOLDING = [state.value for state in (JobState.LOADING, JobState.RUNNING, JobState.CANCELLING)]


class Ledger:
    """Reads and writes grants and asks; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._server = Process.of(os.getpid())

    async def enter(self, ask: Ask) -> None:
        """Put an ask into the queue; one that waits already keeps its place.

        Who asks has no memory: a grant that a server made and did not live to use is dropped.
        """
        values = {
            "name": ask.name,
            "need": ask.need,
            "resource": ask.resource.text,
            "prefer_cpu": ask.prefer_cpu,
            "aside": ask.aside,
            **self._mine,
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(grants).where(grants.c.job == ask.job))
            changed = connection.execute(update(asks).where(asks.c.job == ask.job).values(**values))
            if not changed.rowcount:
                connection.execute(
                    insert(asks).values(job=ask.job, since=time.time(), passed=0, **values)
                )

        await self._database.run(work)

    async def decide(
        self, mine: Collection[str], devices: Devices, now: float
    ) -> dict[str, Decision]:
        """Grant those of `mine` their memory whose turn it is and for whom there is room.

        Parameters
        ----------
        mine
            Jobs of this server; one whose ask was taken back meanwhile gets no decision.
        devices
            As the drivers show them; what is granted is deducted here.
        """

        def work(connection: Connection) -> dict[str, Decision]:
            self._sweep(connection)
            account(devices, _holdings(connection), now)
            queue = self._queue(connection)
            decisions = decide(mine, queue, devices)
            names = {waiting.ask.job: waiting.ask.name for waiting in queue}
            for job, decision in decisions.items():
                if decision.grant:
                    connection.execute(delete(asks).where(asks.c.job == job))
                    self._write(connection, job, names[job], decision.grant)
                    connection.execute(
                        update(asks)
                        .where(asks.c.job.in_(decision.passes))
                        .values(passed=asks.c.passed + 1)
                    )
            return decisions

        return await self._database.run(work)

    async def adopt(self, job: str, name: str, grant: list[Grant]) -> None:
        """Make this server answerable for the grant of a job it has taken over."""

        def work(connection: Connection) -> None:
            connection.execute(delete(grants).where(grants.c.job == job))
            self._write(connection, job, name, grant)

        await self._database.run(work)

    async def leave(self, job: str) -> None:
        """Take back a job's ask and its grant."""

        def work(connection: Connection) -> None:
            connection.execute(delete(asks).where(asks.c.job == job))
            connection.execute(delete(grants).where(grants.c.job == job))

        await self._database.run(work)

    async def holdings(self) -> list[Holding]:
        """Return all grants of all servers."""

        def work(connection: Connection) -> list[Holding]:
            self._sweep(connection)
            return _holdings(connection)

        return await self._database.run(work)

    async def peak(self, key: str) -> int | None:
        """Return the most bytes that a job like this one has held, if one has run."""
        return await self._database.run(
            lambda connection: connection.execute(
                select(peaks.c.bytes).where(peaks.c.key == key)
            ).scalar()
        )

    async def save_peak(self, key: str, size: int) -> None:
        """Remember what a job held at most; the newest one counts."""

        def work(connection: Connection) -> None:
            connection.execute(delete(peaks).where(peaks.c.key == key))
            connection.execute(insert(peaks).values(key=key, bytes=size, updated_at=time.time()))

        await self._database.run(work)

    @property
    def _mine(self) -> dict[str, float]:
        return {"server_pid": self._server.pid, "server_started": self._server.started}

    def _write(self, connection: Connection, job: str, name: str, grant: list[Grant]) -> None:
        for part in grant:
            connection.execute(
                insert(grants).values(
                    job=job,
                    name=name,
                    device=part.device,
                    bytes=part.bytes,
                    simulated=part.simulated,
                    **self._mine,
                )
            )

    def _queue(self, connection: Connection) -> list[Waiting]:
        """Return who waits, but for asks of servers that are gone: who takes over asks anew."""
        rows = connection.execute(select(asks).order_by(asks.c.since)).all()
        here = {server: self._alive(server) for server in map(_server, rows)}
        return [
            Waiting(
                Ask(
                    row.job,
                    row.name,
                    row.need,
                    parse_resource(row.resource),
                    row.prefer_cpu,
                    row.aside,
                ),
                row.passed,
            )
            for row in rows
            if here[_server(row)]
        ]

    def _sweep(self, connection: Connection) -> None:
        """Drop what servers that are gone left to jobs that ask or hold nothing any more."""
        for table, states in ((grants, _HOLDING), (asks, LIVE)):
            rows = connection.execute(
                select(table.c.job, table.c.server_pid, table.c.server_started)
                .distinct()
                .where(
                    table.c.server_pid != self._server.pid,
                    table.c.job.not_in(select(jobs.c.id).where(jobs.c.state.in_(states))),
                )
            ).all()
            gone = [row.job for row in rows if not self._alive(_server(row))]
            if gone:
                connection.execute(delete(table).where(table.c.job.in_(gone)))

    def _alive(self, server: Process) -> bool:
        return server == self._server or server.alive()


def _server(row: object) -> Process:
    return Process(row.server_pid, row.server_started)  # type: ignore[attr-defined]


def _holdings(connection: Connection) -> list[Holding]:
    rows = connection.execute(
        select(grants, jobs.c.document).join(jobs, jobs.c.id == grants.c.job, isouter=True)
    ).all()
    found: dict[str, Holding] = {}
    for row in rows:
        if row.job not in found:
            job = json.loads(row.document) if isinstance(row.document, str) else row.document or {}
            state = job.get("state")
            found[row.job] = Holding(
                job=row.job,
                name=job.get("name", row.name),
                grant=[],
                state=JobState(state) if state else None,
                release_at=job.get("release_at"),
                memory=(job.get("metrics") or {}).get("memory") or 0,
                engine=Engine(job.get("engine", Engine.AUTO)),
            )
        found[row.job].grant.append(
            Grant(device=row.device, bytes=row.bytes, simulated=row.simulated)
        )
    return list(found.values())
