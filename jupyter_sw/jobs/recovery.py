"""What becomes of the jobs of a server that is gone.

A worker lives on for its lease when its server dies. Whoever comes next goes on with it: the next
server, or another one of the same user. What has died meanwhile is reported as what it was.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_sw.errors import SwError, WorkerLost
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.clocks import RELEASE_CLOCK, fixed_release_at
from jupyter_sw.jobs.logs import log_end, read_log
from jupyter_sw.jobs.planning import make_plan
from jupyter_sw.jobs.run import JobRun
from jupyter_sw.jobs.store import StoredJob
from jupyter_sw.jobs.tools import Ending, Tools
from jupyter_sw.models.registry import Registry
from jupyter_sw.runners.adopted import AdoptedWorker
from jupyter_sw.runners.base import Worker
from jupyter_sw.runners.kernel import KernelWorker
from jupyter_sw.schemas.jobs import Job, JobKind, JobState
from jupyter_sw.schemas.quantities import format_duration
from jupyter_sw.schemas.worker import Lease

_TRIES = 3  # times a worker is asked before it is taken for dead
_PATIENCE = 5.0  # seconds for each
_KILL_GRACE = 0.0
_TAIL = 4096  # bytes of a log's end


@dataclass(frozen=True)
class Recovery:
    """Takes jobs over from servers that are gone."""

    tools: Tools
    registry: Registry

    async def take_over(self, stored: StoredJob) -> JobRun | None:
        """Go on with a job; None when another server did, or when it is over.

        The job is in the book and true when this returns.
        """
        if not await self.tools.store.take_over(stored):
            return None
        # Its server may have written to the last moment: read it again now that it is ours.
        fresh = await self.tools.store.get(stored.job.id)
        if fresh is None:
            return None
        self._book.learn(fresh.job, [])
        if fresh.job.state.ended:
            return None
        try:
            return await self._go_on(fresh)
        except SwError as error:
            await self._over(fresh.job, JobState.FAILED, error.message, "server", hint=error.hint)
            return None

    async def _go_on(self, stored: StoredJob) -> JobRun | None:
        job = stored.job
        run = JobRun(job.id, None, self.tools)
        if job.state is JobState.PAUSED:
            run.start()
            return run
        if job.state in (JobState.FETCHING, JobState.QUEUED):
            run.plan = await asyncio.to_thread(
                make_plan, stored.request, self.registry, self.tools.settings.openai_server_command
            )
            await self._tell(job, "A new server goes on with it.")
            run.start()
            return run
        worker = self._worker(stored)
        if job.state is JobState.CANCELLING:
            stage = job.progress.stage if job.progress else ""
            released = stage == JobState.RELEASED.value
            state = JobState.RELEASED if released else JobState.CANCELLED
            if worker is not None:
                await worker.stop(self.tools.settings.stop_grace)
            await self._over(job, state, job.reason or "Cancelled.", "server")
            return None
        if worker is None:
            await self._dead(stored)
            return None
        if not await self._answers(worker, job):
            await worker.stop(_KILL_GRACE)
            raise WorkerLost(
                "Its server was killed, and the worker it left behind did not answer a new one.",
                hint=f"Run it again: %sw rerun {job.id}",
            )
        run.worker = worker
        await self.tools.admission.adopt(job.id, job.name, job.grant)
        await self._tell(
            job, "A new server goes on with it; the model stayed loaded.", pid=worker.pid
        )
        run.start()
        return run

    @property
    def _book(self) -> Book:
        return self.tools.book

    def _worker(self, stored: StoredJob) -> AdoptedWorker | KernelWorker | None:
        record = stored.worker
        if record is None or not record.process.alive():
            return None
        kind = KernelWorker if stored.job.kind is JobKind.KERNEL else AdoptedWorker
        return kind(record.pid, record.socket, record.token, record.process.alive)

    async def _answers(self, worker: Worker, job: Job) -> bool:
        """Renew the lease of a worker that was left behind; False when it is not its own self."""
        at = fixed_release_at(job)
        now = self.tools.clock.now()
        lease = Lease(
            seconds=self.tools.settings.lease_seconds,
            release_in=None if at is None else max(0.0, at - now),
        )
        for _ in range(_TRIES):
            try:
                health = await worker.client.lease(lease, _PATIENCE)
            except WorkerLost:
                await asyncio.sleep(self.tools.settings.heartbeat / 4)
            else:
                return health.job == job.id and health.pid == worker.pid
        return False

    async def _dead(self, stored: StoredJob) -> None:
        """Report a job whose worker ended while no server looked after it."""
        job = stored.job
        at = fixed_release_at(job)
        if job.state is JobState.RUNNING and at is not None and at <= self.tools.clock.now():
            span = format_duration(job.release_after or 0)
            reason = f"Auto-released after {span}, by the worker itself: its server was gone."
            await self._over(job, JobState.RELEASED, reason, RELEASE_CLOCK, ended_at=at)
            return
        log = self.tools.settings.log(job.id)
        lapsed = "Nobody renewed the lease" in await asyncio.to_thread(_tail, log)
        how = "and the worker is gone, too"
        if stored.worker is None:
            how = "before its worker had started"
        elif lapsed:
            how = "and the worker ended by itself when no server had come back"
        await self._over(
            job,
            JobState.FAILED,
            f"Its server was killed, {how}.",
            "server",
            hint=f"Run it again: %sw rerun {job.id}",
        )

    async def _tell(self, job: Job, message: str, **changes: Any) -> None:
        await self._book.change(job.id, message, cause="server", **changes)

    async def _over(
        self,
        job: Job,
        state: JobState,
        reason: str,
        cause: str,
        *,
        hint: str = "",
        ended_at: float | None = None,
    ) -> None:
        run = JobRun(job.id, None, self.tools)
        if state is not JobState.FAILED:
            await run.go(Ending(state, reason, cause))
        await run.close(state, reason, cause=cause, hint=hint, ended_at=ended_at or time.time())


def _tail(log: Path) -> str:
    return read_log(log, max(0, log_end(log) - _TAIL))[0]
