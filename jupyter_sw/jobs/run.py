"""Drives one job from fetching to its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from jupyter_sw.devices.environment import worker_environment
from jupyter_sw.errors import EngineError, OutOfMemory, StoreError, SwError, WorkerLost, WrongState
from jupyter_sw.jobs import progress
from jupyter_sw.jobs.explanations import explained
from jupyter_sw.jobs.loading import until_loaded
from jupyter_sw.jobs.logs import last_errors, log_end
from jupyter_sw.jobs.planning import (
    Plan,
    cache_tokens,
    check_embeds,
    choose_context,
    choose_handler,
    choose_slots,
    corrected_need,
    held_bytes,
    memory_need,
    memory_share,
    peak_key,
    weights_most,
)
from jupyter_sw.jobs.queueing import Ask, Decision
from jupyter_sw.jobs.serving import Service
from jupyter_sw.jobs.sockets import socket_path
from jupyter_sw.jobs.store import Process, WorkerRecord
from jupyter_sw.jobs.tools import Ending, Tools
from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.memory import beside
from jupyter_sw.models.trust import Trust, how_to_allow
from jupyter_sw.runners.base import Worker
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.schemas.jobs import (
    Grant,
    Job,
    JobKind,
    JobMetrics,
    JobState,
    PhaseSeconds,
    Progress,
)
from jupyter_sw.schemas.models import FetchEvent, ModelFiles
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import WorkerHealth, WorkerSpec

log = logging.getLogger(__name__)

_LOST_AFTER = 3  # heartbeats without an answer
_ASK_IDLE = 1.0  # seconds a worker has to say whether it is busy before it is released as idle
_WRITE_AGAIN = 2.0  # seconds between attempts to write how a job ended
_MEMORY_BACK = 5.0  # seconds


@dataclass
class JobRun:
    """One live job: its task, its worker, its clocks.

    It starts where the job is: at the download as a rule, at its worker for a job that a former
    server left running, at the wait for `resume` for one that is paused.
    """

    job_id: str
    plan: Plan | None
    tools: Tools
    worker: Worker | None = None
    _cache: int = 0  # tokens
    _peak_key: str = ""
    _weights_most: dict[str, int] = field(default_factory=dict)
    _log_from: int = 0  # where its present worker's log begins
    _resumed: asyncio.Event = field(default_factory=asyncio.Event)
    _ending: asyncio.Event = field(default_factory=asyncio.Event)
    _files: ModelFiles | None = None
    _asked_to_end: asyncio.Future[Ending] | None = None
    _task: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        self._service = Service(self.job_id, self.tools, self._explained)

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

    async def pause(self) -> None:
        """Give the memory back and keep the job; returns when it is `paused`.

        Raises
        ------
        WrongState
            When it does not run, or ends instead.
        """
        if self.client is None:
            raise WrongState(f"{self.job.name} ({self.job_id}) is {self.job.state.value}.")
        self._service.wants_pause = True
        self._service.changed.set()
        async for news in self.tools.book.follow(self.job_id):
            if news.job.state is not JobState.RUNNING:
                break
        if self.job.state is not JobState.PAUSED:
            raise WrongState(f"{self.job.name} ({self.job_id}) is {self.job.state.value} already.")

    async def resume(self, plan: Plan) -> None:
        """Let a paused job go to the queue again."""
        self.plan = plan
        await self.tools.book.move(
            self.job_id, JobState.QUEUED, "Resumed.", cause="user", paused_at=None
        )
        self._resumed.set()

    def detach(self) -> None:
        """Stop looking after the job and leave its worker as it is, for a later server."""
        if self._task is not None:
            self._task.cancel()

    async def finished(self) -> None:
        """Return when the job has ended and its memory is back."""
        if self._task is not None:
            await asyncio.wait({self._task})

    @property
    def over(self) -> bool:
        """Tell whether nothing is left to do: its end is written and its memory is back."""
        return self._task is None or self._task.done()

    @property
    def job(self) -> Job:
        """Return the job as it is now."""
        job = self.tools.book.known(self.job_id)
        assert job is not None, "a job that is driven is in the book"
        return job

    @property
    def client(self) -> WorkerClient | None:
        """Return how to speak to the worker, while the job runs."""
        ready = self.job.state is JobState.RUNNING and not self._service.wants_pause
        return self.worker.client if ready and self.worker else None

    @property
    def leaving(self) -> bool:
        """Tell whether the worker is being taken away on purpose."""
        asked = self._asked_to_end is not None and self._asked_to_end.done()
        return asked or self._service.wants_pause or self._ending.is_set()

    def activity(self) -> AbstractContextManager[None]:
        """Hold the idle clock while the block runs."""
        return self._service.activity()

    async def clocks_changed(self) -> None:
        """Look at the release time again, and tell the worker before anybody relies on it."""
        self._service.changed.set()
        if self.job.state is JobState.RUNNING and self.worker is not None:
            with contextlib.suppress(WorkerLost):  # the heartbeat finds out about that
                await self.worker.client.lease(self._service.lease())

    # The way of a job -----------------------------------------------------------------------

    async def _drive(self) -> None:
        assert self._asked_to_end is not None
        life = asyncio.create_task(self._live())
        try:
            await asyncio.wait({life, self._asked_to_end}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # detached
            life.cancel()
            raise
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
        except Exception as error:
            log.exception("Job %s broke", self.job_id)
            await self._fail(EngineError(f"{type(error).__name__}: {error}"))

    async def _live(self) -> Ending:
        if self.job.state is JobState.PAUSED:
            await self._resumed.wait()
        while True:
            if self.job.state is not JobState.RUNNING:
                phases = await self._bring_up() if self.worker is None else self.job.phases
                assert self.worker is not None, "a job that loads has a worker"
                began = time.monotonic()
                health = await self._load_or_shrink(self.worker)
                took = time.monotonic() - began
                await self._run(health, phases.model_copy(update={"loading": took}))
            assert self.worker is not None, "a job that runs has a worker"
            ending = await self._service.serve(self.worker)
            if ending is not None:
                return ending
            await self._pause()
            await self._resumed.wait()

    async def _bring_up(self) -> PhaseSeconds:
        """Fetch the weights, wait for memory, start a worker."""
        started = time.monotonic()
        files = await self._fetch()
        fetched = time.monotonic()
        grant = await self._queue(files, PhaseSeconds(fetching=fetched - started))
        granted = time.monotonic()
        phases = PhaseSeconds(fetching=fetched - started, queued=granted - fetched)
        self._cache = cache_tokens(self.job.context or 0, [self.job.handler])
        await self.tools.book.move(
            self.job_id,
            JobState.LOADING,
            f"Starts a worker for {files.name}.",
            cause="device",
            reason="",
            position=None,
            grant=grant,
            progress=Progress(stage="start"),
            phases=phases,
        )
        await self._start(files, grant)
        return phases

    async def _pause(self) -> None:
        """Give the memory back; the clocks stand still from here."""
        grant = self.job.grant
        self.tools.book.show(self.job_id, progress=Progress(stage="pause"))
        await self._tear_down()
        now = self.tools.clock.now()
        given = _grant_words(grant)
        ran = now - (self.job.running_at or now)
        await self.tools.book.move(
            self.job_id,
            JobState.PAUSED,
            f"Paused; gave back {given or 'its memory'}.",
            cause="user",
            reason="Paused.",
            paused_at=now,
            running_at=None,
            ran_before=self.job.ran_before + ran,
            **_AT_REST,
            metrics=_quiet(self.job),
        )
        self._resumed.clear()
        self._service.wants_pause = False
        await self._give_back(grant)

    async def _fetch(self) -> ModelFiles:
        settings, book = self.tools.settings, self.tools.book
        began = time.monotonic()

        def tell(event: FetchEvent) -> None:
            book.show(self.job_id, progress=progress.download(event, time.monotonic() - began))

        plan = self._planned
        files = await fetch(plan.fetch, settings.model_store, tell)
        if plan.adapter is not None:
            plan.adapter.files = await fetch(plan.adapter, settings.model_store, tell)
            await book.save(self.job_id, adapter=plan.adapter.files.uri)
        handler = choose_handler(plan.request.handler, files.handlers)
        engine = plan.engine_for(files)
        check_embeds(handler, engine)
        await book.save(
            self.job_id,
            model=files.uri,
            version=files.version,
            tags=files.tags,
            handler=handler,
            engine=engine,
        )
        return files

    async def _queue(self, files: ModelFiles, phases: PhaseSeconds) -> list[Grant]:
        book, plan = self.tools.book, self._planned
        context = choose_context(plan.request.context, files.name, files.context)
        devices = await self.tools.admission.devices()
        need = await memory_need(plan, files, context, devices)
        self._peak_key = peak_key(plan, files, context, devices)
        measured = await self.tools.admission.ledger.peak(self._peak_key)
        asked = corrected_need(need, measured)
        words = f"needs {format_bytes(asked)}{', as measured before' if measured else ''}."
        changes: dict[str, Any] = {"progress": None, "context": context, "phases": phases}
        if self.job.state is JobState.FETCHING:
            await book.move(self.job_id, JobState.QUEUED, f"Fetched; {words}", **changes)
        else:  # resumed, or left in the queue by a former server
            await book.change(self.job_id, words.capitalize(), **changes)
        ask = Ask(
            self.job_id,
            self.job.name,
            asked,
            plan.resource,
            prefer_cpu=plan.prefers_cpu(files),
            aside=beside(need),
        )

        def waiting(decision: Decision) -> None:
            if (self.job.reason, self.job.position) != (decision.reason, decision.position):
                book.show(
                    self.job_id,
                    reason=decision.reason,
                    position=decision.position,
                    progress=Progress(stage="queue", detail=decision.reason),
                )

        grant = await self.tools.admission.acquire(ask, waiting)
        self._weights_most = weights_most(grant, need)
        words = f"Granted {_grant_words(grant)}."
        await book.change(self.job_id, words, kind="grant", cause="device")
        return grant

    async def _start(self, files: ModelFiles, grant: list[Grant]) -> Worker:
        """Start a worker within the job's grant."""
        tools, settings, job = self.tools, self.tools.settings, self.job
        self._files = files
        self._log_from = await asyncio.to_thread(log_end, settings.log(job.id))
        devices = {device.id: device for device in (await tools.admission.devices()).devices}
        adapter, defaults = self._planned.adapter, self._planned.request.defaults
        spec = WorkerSpec(
            job=job.id,
            files=files,
            handler=job.handler,
            system=self._planned.system,
            sampling=defaults.sampling if defaults else {},
            engine=job.engine,
            dtype=self._planned.request.dtype,
            quantize=self._planned.request.quantize,
            adapter=adapter.files if adapter else None,
            context=job.context or 0,
            slots=choose_slots(self._cache, grant),
            cache_tokens=self._cache,
            grant=grant,
            weights_most=self._weights_most,
            command=list(settings.openai_server_command),
            may_run_code=Trust(settings.allow_unsafe_models).allows(files),
            allow_hint=how_to_allow(files),
            memory_share=memory_share(grant, devices),
            store=str(settings.model_store),
            socket=str(socket_path(job.id)),
            token=secrets.token_urlsafe(32),
            lease_seconds=settings.lease_seconds,
        )
        environment = worker_environment([devices[part.device] for part in grant])
        runner = tools.kernels if job.kind is JobKind.KERNEL else tools.runner
        starting = asyncio.ensure_future(runner.start(spec, environment, settings.log(job.id)))
        try:
            worker = self.worker = await asyncio.shield(starting)
        except asyncio.CancelledError:
            self.worker = await starting  # it may be there already, and must not be forgotten
            raise
        with contextlib.suppress(ProcessLookupError):
            process = Process.of(worker.pid)
            await tools.store.save_worker(
                job.id, WorkerRecord(process.pid, process.started, spec.socket, spec.token)
            )
        await tools.book.save(job.id, pid=worker.pid)
        return worker

    async def _load_or_shrink(self, worker: Worker) -> WorkerHealth:
        """Load; when memory runs out, try once more with room for one conversation only."""
        try:
            return await self._load(worker)
        except OutOfMemory as error:
            context = self.job.context or 0
            if self._files is None or self._cache <= context or self.job.kind is JobKind.KERNEL:
                raise
            granted = sum(part.bytes for part in self.job.grant)
            await self.tools.book.change(
                self.job_id,
                f"{error.message} Tries again with a cache of {context} tokens "
                f"instead of {self._cache}.",
                kind="warning",
                cause="worker",
            )
            await self._tear_down()
            self._cache = context
            second = await self._start(self._files, self.job.grant)
        try:
            return await self._load(second)
        except OutOfMemory as error:
            raise OutOfMemory(
                f"{error.message} {format_bytes(granted)} were granted, and a cache of {context} "
                "tokens, half of the usual one, did not fit either.",
                hint=f"Use a smaller --context than {context}, a smaller model or a larger device.",
            ) from error

    async def _load(self, worker: Worker) -> WorkerHealth:
        def tell(health: WorkerHealth) -> None:
            self.tools.book.show(self.job_id, progress=progress.loading(health))

        stall = self.tools.settings.load_stall_timeout
        try:
            return await until_loaded(worker, self._service.lease(), tell, stall)
        except OutOfMemory:
            raise
        except (WorkerLost, EngineError) as error:
            words = self._explained(error.message)
            if OutOfMemory.told_by(words):  # llama.cpp says so in its log only
                raise OutOfMemory(f"Memory ran out while loading: {error.message}") from error
            if isinstance(error, EngineError):
                raise
            raise EngineError(words, hint=self._log_hint) from error

    async def _run(self, health: WorkerHealth, phases: PhaseSeconds) -> None:
        now = self.tools.clock.now()
        if self.worker is not None:
            # Before anybody is told that it runs: should this server be killed the moment after,
            # the worker keeps the release time by itself. A lost one is noticed by who serves.
            with contextlib.suppress(WorkerLost):
                await self.worker.client.lease(self._service.lease(running_at=now))
        engine = health.engine
        changes = {"dtype": engine.dtype, "context": engine.context} if engine else {}
        device = engine.device if engine else "its device"
        settled = f": {engine.words}" if engine else ""
        await self.tools.book.move(
            self.job_id,
            JobState.RUNNING,
            f"Running on {device}, loaded in {phases.loading or 0:.1f} s{settled}.",
            cause="worker",
            reason="",
            running_at=now,
            idle_since=now,
            progress=None,
            phases=phases,
            metrics=health.metrics,
            **changes,
        )

    # The end --------------------------------------------------------------------------------

    async def _end(self, ending: Ending) -> None:
        """Take the worker away and say why, also when that cannot be written for now."""
        try:
            await self.go(ending)
        except StoreError as error:
            log.error("Job %s: %s", self.job_id, error)
        self._ending.set()
        await self._tear_down()
        if self.job.state is not JobState.CANCELLING:
            await self._persist(lambda: self.go(ending))
        await self.close(ending.state, ending.reason, cause=ending.cause)

    async def go(self, ending: Ending) -> None:
        """Write that the job is ending."""
        if self.job.state is not JobState.CANCELLING:  # a former server had begun
            await self.tools.book.move(
                self.job_id,
                JobState.CANCELLING,
                ending.reason,
                cause=ending.cause,
                reason=ending.reason,
                progress=Progress(stage=ending.state.value),
            )

    async def _fail(self, error: SwError) -> None:
        await self._tear_down()
        error = explained(error)
        cause = "worker" if isinstance(error, (EngineError, WorkerLost)) else "server"
        await self.close(JobState.FAILED, error.message, hint=error.hint, cause=cause)

    async def close(
        self,
        state: JobState,
        reason: str,
        *,
        cause: str,
        hint: str = "",
        ended_at: float | None = None,
    ) -> None:
        """Write how the job ended, and return its grant."""
        grant = self.job.grant
        self._ending.set()
        self.tools.kernels.forget(self.job_id)
        await self._persist(
            lambda: self.tools.book.move(
                self.job_id,
                state,
                reason,
                cause=cause,
                reason=reason,
                hint=hint,
                ended_at=ended_at or time.time(),
                paused_at=None,
                **_AT_REST,
                metrics=_quiet(self.job),
            )
        )
        await self._persist(lambda: self._give_back(grant))

    async def _give_back(self, grant: list[Grant]) -> None:
        """Return the grant once the driver shows the memory as free."""
        if not await self.tools.admission.memory_back(self.job_id, grant, _MEMORY_BACK):
            await self.tools.book.change(
                self.job_id,
                f"The driver does not show the memory as free {_MEMORY_BACK:.0f} s after the end.",
                kind="warning",
                cause="device",
            )
        await self.tools.admission.release(self.job_id)
        await self._remember_peak(grant)

    async def _remember_peak(self, grant: list[Grant]) -> None:
        """Let the next job like this one ask for what this one took."""
        measured = held_bytes(self.job.engine, grant, self._service.peak)
        # What is loaded in place of a simulated device says nothing about a real one, nor does what
        # a kernel holds about a worker.
        served = self.job.kind is JobKind.SERVED
        if measured and self._peak_key and served and not any(part.simulated for part in grant):
            await self.tools.admission.ledger.save_peak(self._peak_key, measured)
        self._service.peak = 0

    async def _persist(self, write: Callable[[], Awaitable[object]]) -> None:
        """Write something that has happened already; try until the store takes it."""
        while True:
            try:
                await write()
                return
            except StoreError as error:
                log.error("Job %s: %s", self.job_id, error)
                await asyncio.sleep(_WRITE_AGAIN)

    async def _tear_down(self) -> None:
        if self.worker is not None:
            await self.worker.stop(self.tools.settings.stop_grace)
            self.worker = None

    def _explained(self, message: str) -> str:
        """Return `message` with the last errors of the job's log behind it."""
        log = self.tools.settings.log(self.job_id)
        return f"{message} {last_errors(log, since=self._log_from)}".rstrip()

    @property
    def _planned(self) -> Plan:
        assert self.plan is not None, "who lets a job start or resume has made its plan"
        return self.plan

    @property
    def _log_hint(self) -> str:
        return f"The log tells more: %sw logs {self.job_id}"


_AT_REST: dict[str, Any] = {
    "grant": [],
    "pid": None,
    "progress": None,
    "position": None,
    "idle_since": None,
}


def _grant_words(grant: list[Grant]) -> str:
    return ", ".join(f"{format_bytes(part.bytes)} on {part.place}" for part in grant)


def _quiet(job: Job) -> JobMetrics:
    """Return a job's metrics without what only a living worker has."""
    return job.metrics.model_copy(
        update={"memory": None, "running": 0, "waiting": 0, "tokens_per_second": None}
    )
