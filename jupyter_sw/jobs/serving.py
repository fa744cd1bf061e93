"""A job that runs: who uses it, when it is released, whether its worker is well."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jupyter_sw.errors import WorkerLost
from jupyter_sw.jobs.clocks import IDLE_CLOCK, Release, fixed_release_at, next_release
from jupyter_sw.jobs.loading import exit_words
from jupyter_sw.jobs.tools import Ending, Tools
from jupyter_sw.runners.base import Worker
from jupyter_sw.schemas.jobs import Job, JobKind, JobState
from jupyter_sw.schemas.quantities import format_duration
from jupyter_sw.schemas.worker import EXIT_RELEASED, Lease, WorkerHealth

_LOST_AFTER = 3  # heartbeats without an answer
_ASK_IDLE = 1.0  # seconds a worker has to say whether it is busy before it is released as idle


@dataclass
class Service:
    """The clocks and the heartbeat of one job.

    Parameters
    ----------
    explain
        Adds to a message what the job's log says of it.
    """

    job_id: str
    tools: Tools
    explain: Callable[[str], str]
    wants_pause: bool = False
    peak: int = 0
    """Bytes the worker has held at most."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the release time may have moved."""
    _busy: int = 0
    _warned: float = math.inf

    @property
    def job(self) -> Job:
        """Return the job as it is now."""
        job = self.tools.book.known(self.job_id)
        assert job is not None, "a job that is driven is in the book"
        return job

    @contextmanager
    def activity(self) -> Iterator[None]:
        """Hold the idle clock while the block runs."""
        self._busy += 1
        if self._busy == 1:
            self._show_idle_since(None)
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                self._show_idle_since(self.tools.clock.now())

    def lease(self, running_at: float | None = None) -> Lease:
        """Return the lease to give the worker now, or when the job runs from `running_at` on."""
        job = self.job
        if running_at is not None:
            job = job.model_copy(update={"running_at": running_at})
        at = fixed_release_at(job)
        return Lease(
            seconds=self.tools.settings.lease_seconds,
            release_in=None if at is None else max(0.0, at - self.tools.clock.now()),
        )

    async def serve(self, worker: Worker) -> Ending | None:
        """Stay until a clock releases the job; None when it is to be paused instead.

        Raises
        ------
        WorkerLost
            When the worker ended by itself or does not answer.
        """
        exited = asyncio.ensure_future(worker.wait())
        beats = asyncio.create_task(self._keep_lease(worker))
        try:
            while not self.wants_pause:
                now = self.tools.clock.now()
                release = next_release(self.job)
                if release is not None and now >= release.at:
                    if release.cause == IDLE_CLOCK and not await self._is_idle(worker):
                        continue
                    return Ending(JobState.RELEASED, release.reason, release.cause)
                await self._warn(release, now)
                self.changed.clear()
                change = asyncio.ensure_future(self.changed.wait())
                wait = None if release is None else release.next_look(now)
                try:
                    await asyncio.wait(
                        {exited, beats, change}, timeout=wait, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    change.cancel()
                if exited.done():
                    return self._exited(exited.result())
                if beats.done():
                    beats.result()  # raises
            return None
        finally:
            exited.cancel()
            beats.cancel()

    def _exited(self, code: int | None) -> Ending:
        release = next_release(self.job)
        # It keeps its own clock, too, and may have been a moment quicker.
        if release is not None and self.tools.clock.now() >= release.at - 1:
            return Ending(JobState.RELEASED, release.reason, release.cause)
        if self.job.kind is JobKind.KERNEL:
            how = "The kernel let go of it." if code == EXIT_RELEASED else "Its kernel has ended."
            return Ending(JobState.RELEASED, how, "worker")
        raise WorkerLost(
            self.explain(f"The worker ended by itself ({exit_words(code)})."),
            hint=f"The log tells more: %sw logs {self.job_id}",
        )

    async def _is_idle(self, worker: Worker) -> bool:
        """Ask the worker whether somebody else keeps it busy: another server, as a rule."""
        with contextlib.suppress(WorkerLost):
            self._heard(await worker.client.lease(self.lease(), timeout=_ASK_IDLE))
        release = next_release(self.job)
        return release is not None and self.tools.clock.now() >= release.at

    async def _warn(self, release: Release | None, now: float) -> None:
        """Tell once for each of the warnings that the release comes."""
        warning = release.warning(now) if release is not None else None
        if release is None or warning is None:
            self._warned = math.inf  # extended, or busy: warn anew when it is time again
        elif warning < self._warned:
            self._warned = warning
            left = format_duration(round(release.at - now))
            idle = "unless it is used" if release.cause == IDLE_CLOCK else "unless it is extended"
            await self.tools.book.change(
                self.job_id,
                f"Is released in {left}, {idle}.",
                kind="warning",
                cause=release.cause,
            )

    async def _keep_lease(self, worker: Worker) -> None:
        """Renew the lease and learn what the worker does, beat by beat.

        Raises
        ------
        WorkerLost
            When it did not answer several times in a row.
        """
        settings = self.tools.settings
        missed = 0
        while True:
            try:
                health = await worker.client.lease(self.lease(), settings.heartbeat_timeout)
            except WorkerLost as lost:
                missed += 1
                if missed >= _LOST_AFTER:
                    raise WorkerLost(
                        f"The worker hangs: it missed {missed} heartbeats in a row. It was ended.",
                        hint=f"Run it again: %sw rerun {self.job_id}",
                    ) from lost
            else:
                missed = 0
                self._heard(health)
            await asyncio.sleep(settings.heartbeat)

    def _heard(self, health: WorkerHealth) -> None:
        """Show what the worker says it does."""
        job = self.job
        if job.state is not JobState.RUNNING:
            return
        self.peak = max(self.peak, health.metrics.memory or 0)
        changes: dict[str, Any] = {}
        if health.metrics != job.metrics:
            changes["metrics"] = health.metrics
        idle_since = job.idle_since
        if self._busy or health.metrics.running or health.metrics.waiting:
            idle_since = None
        elif health.idle is not None:
            ended = self.tools.clock.now() - health.idle
            if idle_since is None or ended > idle_since + 0.5:  # not for what an answer's way takes
                idle_since = ended
        elif idle_since is None:
            idle_since = self.tools.clock.now()
        if idle_since != job.idle_since:
            changes["idle_since"] = idle_since
            self.changed.set()
        if changes:
            self.tools.book.show(self.job_id, **changes)

    def _show_idle_since(self, moment: float | None) -> None:
        if self.job.state is JobState.RUNNING:
            self.tools.book.show(self.job_id, idle_since=moment)
            self.changed.set()
