"""Drives one job from fetching to its end."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from jupyter_sw.devices.environment import worker_environment
from jupyter_sw.errors import EngineError, SwError, WorkerLost
from jupyter_sw.jobs import progress
from jupyter_sw.jobs.admission import Admission, Ask
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.clocks import fixed_release_at, release_reason
from jupyter_sw.jobs.loading import exit_words, until_loaded
from jupyter_sw.jobs.logs import last_errors
from jupyter_sw.jobs.planning import (
    Plan,
    cache_tokens,
    choose_context,
    choose_handler,
    memory_need,
)
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.jobs.sockets import socket_path
from jupyter_sw.jobs.store import JobStore, Process, WorkerRecord
from jupyter_sw.models.fetching import fetch
from jupyter_sw.runners.base import Runner, Worker
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.schemas.jobs import Grant, Job, JobState, PhaseSeconds, Progress
from jupyter_sw.schemas.models import FetchEvent, ModelFiles
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Lease, WorkerHealth, WorkerSpec

_LOST_AFTER = 3  # heartbeats without an answer
_MEMORY_BACK = 5.0  # seconds


@dataclass(frozen=True)
class Ending:
    """How a job ends, and why."""

    state: JobState
    reason: str


@dataclass
class Tools:
    """What all runs share."""

    book: Book
    store: JobStore
    admission: Admission
    runner: Runner
    settings: JobSettings


@dataclass
class JobRun:
    """One live job: its task, its worker, its clocks."""

    job_id: str
    plan: Plan
    tools: Tools
    worker: Worker | None = None
    _busy: int = 0
    _clock: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _asked_to_end: asyncio.Future[Ending] | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._asked_to_end = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._drive(), name=f"job {self.job_id}")

    async def end(self, ending: Ending) -> None:
        """Ask the job to end; returns when it is `cancelling`. Asking twice is harmless."""
        assert self._asked_to_end is not None
        if not self._asked_to_end.done():
            self._asked_to_end.set_result(ending)
        await self._ending.wait()

    async def finished(self) -> None:
        """Return when the job has ended and its memory is back."""
        if self._task is not None:
            await asyncio.wait({self._task})

    @property
    def job(self) -> Job:
        """Return the job as it is now."""
        return self.tools.book.get(self.job_id)

    @property
    def client(self) -> WorkerClient | None:
        """Return how to speak to the worker, once the job runs."""
        ready = self.job.state is JobState.RUNNING and self.worker is not None
        return self.worker.client if ready and self.worker else None

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
                self._show_idle_since(time.time())

    async def clocks_changed(self) -> None:
        """Look at the release time again, and tell the worker before anybody relies on it."""
        self._clock.set()
        if self.job.state is JobState.RUNNING and self.worker is not None:
            with contextlib.suppress(WorkerLost):  # the heartbeat finds out about that
                await self.worker.client.lease(self._lease())

    def _show_idle_since(self, moment: float | None) -> None:
        if self.job.state is JobState.RUNNING:
            self.tools.book.show(self.job_id, idle_since=moment)
            self._clock.set()

    def _lease(self) -> Lease:
        return Lease(
            seconds=self.tools.settings.lease_seconds, release_at=fixed_release_at(self.job)
        )

    # The way of a job -----------------------------------------------------------------------

    async def _drive(self) -> None:
        assert self._asked_to_end is not None
        life = asyncio.create_task(self._live())
        await asyncio.wait({life, self._asked_to_end}, return_when=asyncio.FIRST_COMPLETED)
        if self._asked_to_end.done():
            ending = self._asked_to_end.result()
            life.cancel()
            await asyncio.wait({life})
            if not life.cancelled():
                life.exception()  # it ended by itself at the same moment: what was asked counts
            await self._end(ending)
            return
        try:
            await self._end(life.result())
        except SwError as error:
            await self._fail(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not leave the job alive
            await self._fail(EngineError(f"{type(error).__name__}: {error}"))

    async def _live(self) -> Ending:
        started = time.monotonic()
        files = await self._fetch()
        fetched = time.monotonic()
        grant = await self._queue(files, PhaseSeconds(fetching=fetched - started))
        granted = time.monotonic()
        phases = PhaseSeconds(fetching=fetched - started, queued=granted - fetched)
        worker = await self._start(files, grant, phases)
        health = await self._load(worker)
        phases = phases.model_copy(update={"loading": time.monotonic() - granted})
        await self._run(health, phases)
        return await self._serve(worker)

    async def _fetch(self) -> ModelFiles:
        settings, book = self.tools.settings, self.tools.book
        began = time.monotonic()

        def tell(event: FetchEvent) -> None:
            book.show(self.job_id, progress=progress.download(event, time.monotonic() - began))

        files = await fetch(self.plan.fetch, settings.model_store, tell)
        await book.save(
            self.job_id,
            model=files.uri,
            version=files.version,
            tags=files.tags,
            handler=choose_handler(self.plan.request.handler, files.handlers),
            engine=self.plan.engine_for(files),
        )
        return files

    async def _queue(self, files: ModelFiles, phases: PhaseSeconds) -> list[Grant]:
        book = self.tools.book
        context = choose_context(self.plan.request.context, files)
        devices = await self.tools.admission.devices()
        need = await memory_need(self.plan, files, context, devices)
        await book.move(
            self.job_id,
            JobState.QUEUED,
            f"Fetched; needs {format_bytes(need.total)}.",
            progress=None,
            context=context,
            phases=phases,
        )
        ask = Ask(
            self.job_id,
            self.job.name,
            need.total,
            self.plan.resource,
            prefer_cpu=self.plan.prefers_cpu(files),
        )

        def waiting(reason: str) -> None:
            if self.job.reason != reason:
                progress = Progress(stage="queue", detail=reason)
                book.show(self.job_id, reason=reason, progress=progress)

        return await self.tools.admission.acquire(ask, waiting)

    async def _start(self, files: ModelFiles, grant: list[Grant], phases: PhaseSeconds) -> Worker:
        tools, settings = self.tools, self.tools.settings
        job = await tools.book.move(
            self.job_id,
            JobState.LOADING,
            f"Granted {', '.join(f'{format_bytes(p.bytes)} on {p.device}' for p in grant)}.",
            reason="",
            grant=grant,
            progress=Progress(stage="start"),
            phases=phases,
        )
        devices = {device.id: device for device in (await tools.admission.devices()).devices}
        spec = WorkerSpec(
            job=job.id,
            files=files,
            handler=job.handler,
            system=self.plan.fetch.system,
            engine=job.engine,
            dtype=job.dtype,
            context=job.context or 0,
            cache_tokens=cache_tokens(job.context or 0),
            grant=grant,
            store=str(settings.model_store),
            socket=str(socket_path(job.id)),
            token=secrets.token_urlsafe(32),
            lease_seconds=settings.lease_seconds,
        )
        environment = worker_environment([devices[part.device] for part in grant])
        worker = await tools.runner.start(spec, environment, settings.log(job.id))
        self.worker = worker
        with contextlib.suppress(ProcessLookupError):
            process = Process.of(worker.pid)
            await tools.store.save_worker(
                job.id, WorkerRecord(process.pid, process.started, spec.socket, spec.token)
            )
        await tools.book.save(job.id, pid=worker.pid)
        return worker

    async def _load(self, worker: Worker) -> WorkerHealth:
        def tell(health: WorkerHealth) -> None:
            self.tools.book.show(self.job_id, progress=progress.loading(health))

        stall = self.tools.settings.load_stall_timeout
        try:
            return await until_loaded(worker, self._lease(), tell, stall)
        except WorkerLost as lost:
            raise EngineError(self._explained(lost.message), hint=self._log_hint) from lost

    async def _run(self, health: WorkerHealth, phases: PhaseSeconds) -> None:
        now = time.time()
        engine = health.engine
        changes = {"dtype": engine.dtype, "context": engine.context} if engine else {}
        device = engine.device if engine else "its device"
        await self.tools.book.move(
            self.job_id,
            JobState.RUNNING,
            f"Running on {device}, loaded in {phases.loading or 0:.1f} s.",
            running_at=now,
            idle_since=now,
            progress=None,
            phases=phases,
            metrics=health.metrics,
            **changes,
        )

    async def _serve(self, worker: Worker) -> Ending:
        """Stay until a clock releases the job or its worker is lost."""
        exited = asyncio.ensure_future(worker.wait())
        beats = asyncio.create_task(self._keep_lease(worker))
        try:
            while True:
                due = self.job.release_at
                now = time.time()
                if due is not None and now >= due:
                    return Ending(JobState.RELEASED, release_reason(self.job, now))
                self._clock.clear()
                change = asyncio.ensure_future(self._clock.wait())
                wait = None if due is None else max(0.0, due - now)
                try:
                    await asyncio.wait(
                        {exited, beats, change}, timeout=wait, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    change.cancel()
                if exited.done():
                    due, now = self.job.release_at, time.time()
                    if due is not None and now >= due - 1:  # it keeps its own clock, too
                        return Ending(JobState.RELEASED, release_reason(self.job, due))
                    how = exit_words(exited.result())
                    raise WorkerLost(
                        self._explained(f"The worker ended by itself ({how})."), hint=self._log_hint
                    )
                if beats.done():
                    beats.result()  # raises
        finally:
            exited.cancel()
            beats.cancel()

    async def _keep_lease(self, worker: Worker) -> None:
        """Renew the lease and learn what the worker does, beat by beat.

        Raises
        ------
        WorkerLost
            When it did not answer several times in a row.
        """
        settings, book = self.tools.settings, self.tools.book
        missed = 0
        while True:
            try:
                health = await worker.client.lease(self._lease())
            except WorkerLost:
                missed += 1
                if missed >= _LOST_AFTER:
                    raise
            else:
                missed = 0
                if health.metrics != self.job.metrics:
                    book.show(self.job_id, metrics=health.metrics)
            await asyncio.sleep(settings.heartbeat)

    # The end --------------------------------------------------------------------------------

    async def _end(self, ending: Ending) -> None:
        await self.tools.book.move(self.job_id, JobState.CANCELLING, ending.reason)
        self._ending.set()
        await self._tear_down()
        await self._close(ending.state, ending.reason)

    async def _fail(self, error: SwError) -> None:
        await self._tear_down()
        await self._close(JobState.FAILED, error.message, hint=error.hint)

    async def _close(self, state: JobState, reason: str, hint: str = "") -> None:
        grant = self.job.grant
        self._ending.set()
        await self.tools.book.move(
            self.job_id,
            state,
            reason,
            reason=reason,
            hint=hint,
            ended_at=time.time(),
            progress=None,
            idle_since=None,
            grant=[],
            pid=None,
            metrics=self.job.metrics.model_copy(
                update={"memory": None, "running": 0, "waiting": 0, "tokens_per_second": None}
            ),
        )
        if not await self.tools.admission.memory_back(grant, _MEMORY_BACK):
            await self.tools.book.change(
                self.job_id,
                f"The driver does not show the memory as free {_MEMORY_BACK:.0f} s after the end.",
                kind="warning",
            )
        await self.tools.admission.release(self.job_id)

    async def _tear_down(self) -> None:
        if self.worker is not None:
            await self.worker.stop(self.tools.settings.stop_grace)

    def _explained(self, message: str) -> str:
        """Return `message` with the last errors of the job's log behind it."""
        return f"{message} {last_errors(self.tools.settings.log(self.job_id))}".rstrip()

    @property
    def _log_hint(self) -> str:
        return f"The log tells more: %sw logs {self.job_id}"
