"""What can be done with jobs; everything a front door needs."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from jupyter_sw.clock import Clock
from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.errors import BadRequest, NotFound, NotReady, StoreError, WrongState
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.book import Book, Listener
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.estimating import estimate
from jupyter_sw.jobs.extension import extension
from jupyter_sw.jobs.guest import GuestRun
from jupyter_sw.jobs.housekeeping import keep_house
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.logs import follow_log, read_log, search_log
from jupyter_sw.jobs.neighbours import Neighbours
from jupyter_sw.jobs.planning import Plan, known_need, make_plan
from jupyter_sw.jobs.queueing import Ask, check_possible
from jupyter_sw.jobs.recovery import Recovery
from jupyter_sw.jobs.run import JobRun
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.jobs.standby import keep_standbys
from jupyter_sw.jobs.store import Command, JobStore, StoredJob
from jupyter_sw.jobs.tools import Ending, Tools
from jupyter_sw.models.registry import Registry
from jupyter_sw.runners.base import Runner
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.runners.kernel import Kernels
from jupyter_sw.runners.standby import Standbys
from jupyter_sw.schemas.commands import run_command
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.estimates import JobEstimate
from jupyter_sw.schemas.jobs import (
    Job,
    JobEvent,
    JobKind,
    JobNews,
    JobPatch,
    JobRequest,
    JobState,
    LogLine,
    Owner,
)
from jupyter_sw.schemas.quantities import format_duration
from jupyter_sw.schemas.worker import WorkerSpec

log = logging.getLogger(__name__)

_CLOCKS = ("release_after", "release_idle")
_STOP_WAIT = 10.0  # seconds a stopping server gives its jobs


class JobManager:
    """Owns the jobs of one server."""

    def __init__(
        self,
        settings: JobSettings,
        database: Database,
        registry: Registry,
        monitor: DeviceMonitor,
        runner: Runner,
        *,
        standbys: Standbys,
    ) -> None:
        self._settings = settings
        self.standbys = standbys
        self._registry = registry
        self._store = JobStore(database)
        self.book = Book(self._store)
        self.admission = Admission(monitor, Ledger(database))
        self._clock = Clock()
        self._tools = Tools(
            self.book, self._store, self.admission, runner, Kernels(), settings, self._clock
        )
        self._recovery = Recovery(self._tools, registry)
        self._neighbours = Neighbours(
            self._store, self.book, self._driven, self._obey, self._take_over
        )
        self._runs: dict[str, JobRun] = {}
        self._guests: dict[str, GuestRun] = {}
        self._chores: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Read the jobs of all servers; go on with those whose server is gone."""
        stored = await self._store.load(self._settings.keep_ended)
        self.book.fill([one.job for one in stored])
        await self._neighbours.begin(stored)
        await self._neighbours.look()
        await self._neighbours.settled()
        standby = keep_standbys(
            self.book, self.admission, self.standbys, self._settings.standby_workers
        )
        self._chores = [
            asyncio.create_task(standby, name="standby"),
            asyncio.create_task(self._neighbours.watch(), name="other servers"),
            asyncio.create_task(keep_house(self._tools, self._runs), name="housekeeping"),
        ]

    async def stop(self) -> None:
        """Release all jobs but paused ones: a server that stops leaves no model behind."""
        for chore in self._chores:
            chore.cancel()
        await self.standbys.close()
        runs = [run for run in self._runs.values() if not run.job.state.ended]
        ending = Ending(JobState.RELEASED, "Released because the Jupyter Server stopped.", "server")
        leaving = []
        for run in runs:
            if run.job.state is JobState.PAUSED or self._settings.keep_jobs:
                run.detach()
            else:
                leaving.append(run)
        await asyncio.gather(*(run.end(ending) for run in leaving), return_exceptions=True)
        if leaving:
            waits = [asyncio.ensure_future(run.finished()) for run in leaving]
            await asyncio.wait(waits, timeout=_STOP_WAIT)
        await self._neighbours.close()
        with suppress(StoreError):
            await self.book.flush()

    async def submit(self, request: JobRequest) -> Job:
        """Start a job and return it at once.

        Raises
        ------
        BadRequest, NotFound
            When the request names something that is not there.
        CannotFit
            When it is known already that no device can ever hold the model.
        """
        return await self._submit(request)

    async def estimate(self, request: JobRequest) -> JobEstimate:
        """Tell what would become of a job. Raises as `submit`, but for what does not fit."""
        plan = await asyncio.to_thread(self._plan, request)
        return await estimate(plan, self._registry, self.admission, self._settings)

    def _plan(self, request: JobRequest) -> Plan:
        return make_plan(request, self._registry, self._settings.openai_server_command)

    async def _submit(self, request: JobRequest, rerun_of: str | None = None) -> Job:
        release_after = self._settings.release_after(request.release_after)
        plan = await asyncio.to_thread(self._plan, request)
        devices = await self.admission.devices()
        plan.resource.candidates(devices)  # raises when there is no such device
        fetch = plan.fetch
        job = Job(
            id=secrets.token_hex(4),
            name=self._free_name(request.name or fetch.name),
            model=fetch.uri,
            model_name=fetch.name,
            version=fetch.version,
            tags=fetch.tags,
            handler=plan.handler,
            resource=request.resource,
            runtime="builtin",
            engine=request.engine,
            dtype=request.dtype,
            quantize=request.quantize,
            adapter=plan.adapter.uri if plan.adapter else None,
            offload=request.offload,
            context=request.context,
            defaults=request.defaults,
            project=request.project,
            comment=request.comment,
            kind=request.kind,
            owner=request.owner or Owner(),
            state=JobState.FETCHING,
            created_at=time.time(),
            release_after=release_after,
            release_idle=self._settings.release_idle(request.release_idle),
            rerun_of=rerun_of,
        )
        # Say now, not in a failed job or after a long download, that it cannot fit.
        need = await known_need(plan, self._registry, devices)
        ask = Ask(job.id, job.name, need.total, plan.resource, plan.prefers_cpu(), aside=need.aside)
        check_possible(ask, devices)
        where = f" from {job.owner.notebook}" if job.owner.notebook else ""
        again = f"Runs {rerun_of} again" if rerun_of else "Submitted"
        await self.book.add(job, request, f"{again}{where}.")
        run = JobRun(job.id, plan, self._tools)
        self._runs[job.id] = run
        run.start()
        return job

    def find(self, project: str | None = None, state: str | None = None) -> list[Job]:
        """Return jobs, pinned ones first, then the newest; `state`: one, `live` or `ended`."""
        found = [
            job
            for job in self.book.all()
            if (not project or job.project == project)
            and (not state or state in (job.state.value, "ended" if job.state.ended else "live"))
        ]
        return sorted(found, key=lambda job: not job.pinned)

    async def patch(self, key: str, patch: JobPatch) -> Job:
        """Change clocks while a job lives; its name, project, comment and pin at any time.

        Raises
        ------
        WrongState
            When a clock of an ended job is to be changed, or there is nothing to extend.
        BadRequest
            When it would run longer than the server allows.
        """
        job = self.book.get(key)
        changes: dict[str, Any] = patch.model_dump(exclude_unset=True, exclude_none=True)
        extend = changes.pop("extend", None)
        clocks = {name: changes[name] for name in _CLOCKS if name in changes}
        if extend and clocks:
            raise BadRequest(
                "A job is either extended or given new release times.",
                hint=f"Leave out extend, or {' and '.join(clocks)}.",
            )
        if (extend or clocks) and job.state.ended:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}; its release time cannot change.",
                hint=f"Run it again: %sw rerun {job.id}",
            )
        if extend:
            clocks = extension(job, extend, self._settings.max_release_after)
            changes |= clocks
        elif "release_after" in clocks:
            self._settings.release_after(clocks["release_after"])
        if not changes:
            return job
        if self._elsewhere(job):
            return await self._ask(job, "patch", changes)
        for name in clocks:
            changes[name] = changes[name] or None
        kind = "extension" if clocks else "changed"
        words = _change_words(changes)
        job = await self.book.change(job.id, words, kind=kind, cause="user", **changes)
        if run := self._runs.get(job.id):
            await run.clocks_changed()
        return self.book.get(job.id)

    async def cancel(self, key: str) -> Job:
        """End a job, from every live state; returns when it is `cancelling`.

        Raises
        ------
        WrongState
            When it has ended.
        """
        job = self.book.get(key)
        if job.state.ended:
            raise WrongState(f"{job.name} ({job.id}) is {job.state.value} already.")
        if self._elsewhere(job):
            return await self._ask(job, "cancel")
        await self._run(job).end(Ending(JobState.CANCELLED, "Cancelled."))
        return self.book.get(job.id)

    async def pause(self, key: str) -> Job:
        """Give a running job's memory back and keep the job; returns when it is `paused`.

        Raises
        ------
        WrongState
            When it does not run.
        """
        job = self.book.get(key)
        if job.state is not JobState.RUNNING:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}; only a running job can be paused.",
                hint=f"To end it: %sw cancel {job.id}" if not job.state.ended else "",
            )
        if job.kind is JobKind.KERNEL:
            raise WrongState(
                f"{job.name} ({job.id}) is in a kernel, which cannot set it aside.",
                hint=f"To give its memory back: %sw cancel {job.id}",
            )
        if self._elsewhere(job):
            return await self._ask(job, "pause")
        await self._run(job).pause()
        return self.book.get(job.id)

    async def resume(self, key: str) -> Job:
        """Let a paused job go to the queue again; returns at once.

        Raises
        ------
        WrongState
            When it is not paused.
        BadRequest, NotFound
            When its model is not there any more; it stays paused then.
        """
        job = self.book.get(key)
        if job.state is not JobState.PAUSED:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}, not paused.",
                hint=f"Run it again: %sw rerun {job.id}" if job.state.ended else "",
            )
        if self._elsewhere(job):
            return await self._ask(job, "resume")
        stored = await self._store.get(job.id)
        assert stored is not None, "a job in the book is in the store"
        plan = await asyncio.to_thread(self._plan, stored.request)
        await self._run(job).resume(plan)
        return self.book.get(job.id)

    async def rerun(self, key: str, owner: Owner | None = None) -> Job:
        """Start a new job with every setting an earlier one has now.

        Raises
        ------
        BadRequest, NotFound, CannotFit
            As `submit`.
        """
        job = self.book.get(key)
        if job.kind is JobKind.KERNEL:
            raise WrongState(
                f"{job.name} ({job.id}) was in a kernel, and only a kernel can ask for it.",
                hint=f"In its notebook: %sw load {job.model_name}",
            )
        request = (await self._request(job)).model_copy(
            update={"name": job.name, "owner": owner or job.owner}
        )
        return await self._submit(request, rerun_of=job.id)

    async def command(self, key: str) -> str:
        """Return the line of a cell that asks for the same job, of the same version.

        Raises
        ------
        NotFound
            When there is no such job.
        """
        job = self.book.get(key)
        request = await self._request(job)
        return run_command(request.model_copy(update={"version": job.version}))

    async def _request(self, job: Job) -> JobRequest:
        """Return what a job was asked for with, and what was changed since."""
        stored = await self._store.get(job.id)
        assert stored is not None, "a job in the book is in the store"
        return stored.request.model_copy(
            update={
                "release_after": job.release_after or 0.0,
                "release_idle": job.release_idle or 0.0,
                "project": job.project,
                "comment": job.comment,
            }
        )

    async def delete(self, key: str) -> None:
        """Hide an ended job; it is forgotten with its timeline and log some minutes later.

        Raises
        ------
        WrongState
            When it lives.
        """
        job = self.book.get(key)
        if not job.state.ended:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}.", hint=f"First: %sw cancel {job.id}"
            )
        await self.book.change(
            job.id, "Deleted.", kind="deleted", cause="user", deleted_at=time.time()
        )
        self._runs.pop(job.id, None)

    async def restore(self, key: str) -> Job:
        """Undo the deletion of a job; by its whole id.

        Raises
        ------
        NotFound
            When it is forgotten already.
        """
        job = self.book.known(key)
        if job is None:
            raise NotFound(
                f"There is no deleted job {key!r}.",
                hint="A deleted job can be restored for "
                f"{format_duration(self._settings.keep_deleted)}.",
            )
        if job.deleted_at is None:
            return job
        return await self.book.change(job.id, "Restored.", cause="user", deleted_at=None)

    async def projects(self) -> dict[str, int]:
        """Return how many jobs each project has; `default` is always there."""
        counts = dict.fromkeys(["default", *await self._store.projects()], 0)
        for job in self.book.all():
            counts[job.project] = counts.get(job.project, 0) + 1
        return counts

    async def add_project(self, name: str) -> None:
        """Make a project; one that is there stays as it is."""
        await self._store.add_project(name)

    async def kernel_task(self, key: str, pid: int) -> WorkerSpec | None:
        """Return what kernel `pid` is to load, once the job has its memory; None: ask again.

        Raises
        ------
        WrongState
            When the job is no kernel's, or has ended.
        BadRequest
            When there is no such process.
        """
        job = self.book.get(key)
        if job.kind is not JobKind.KERNEL or job.state.ended:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}; no kernel can load it.",
                hint="A kernel asks for a model with: %sw load MODEL",
            )
        return await self._tools.kernels.call(job.id, pid)

    async def events(self, key: str) -> list[JobEvent]:
        """Return a job's timeline."""
        return await self._store.events(self.book.get(key).id)

    def follow(self, key: str) -> AsyncIterator[JobNews]:
        """Yield a job as it is, then every news of it until it has ended."""
        return self.book.follow(self.book.get(key).id)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every news of every job."""
        self.book.listen(listener)

    async def read_log(self, key: str, offset: int) -> tuple[str, int]:
        """Return a piece of a job's log and the offset to go on from."""
        path = self._settings.log(self.book.get(key).id)
        return await asyncio.to_thread(read_log, path, offset)

    async def search_log(self, key: str, text: str, level: str) -> list[LogLine]:
        """Return the newest lines of a job's log with `text` in them, of a level or above."""
        path = self._settings.log(self.book.get(key).id)
        return await asyncio.to_thread(search_log, path, text, level)

    def follow_log(self, key: str, offset: int) -> AsyncIterator[tuple[str, int]]:
        """Yield a job's log as it grows, until the job has ended and all was yielded."""
        job = self.book.get(key).id
        return follow_log(self._settings.log(job), offset, lambda: self.book.get(job).state.ended)

    def running(self, key: str | None = None) -> JobRun | GuestRun:
        """Return the run of a job that can be spoken to: by id, name, model name or URI.

        Without a key, the newest running job.

        Raises
        ------
        NotFound
            When no job goes by that key, or none runs.
        NotReady
            When it does not run yet.
        WrongState
            When it has ended.
        """
        job = self._newest_running(key)
        if job.state.ended or job.state is JobState.CANCELLING:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}.",
                hint=f"Run it again: %sw rerun {job.id}",
            )
        if job.state is JobState.PAUSED:
            raise WrongState(
                f"{job.name} ({job.id}) is paused.", hint=f"Let it go on: %sw resume {job.id}"
            )
        if job.kind is JobKind.KERNEL:
            raise WrongState(
                f"{job.name} ({job.id}) is in a kernel; only code there can use it.",
                hint="A model that everybody can talk to: %sw run MODEL",
            )
        run: JobRun | GuestRun | None = self._runs.get(job.id) or self._guest(job)
        if run is None or run.client is None:
            raise NotReady(
                f"{job.name} ({job.id}) is {job.state.value}; it cannot answer yet.",
                hint="Wait until it runs: %sw ps shows how far it is.",
            )
        return run

    def drives(self, job: str) -> bool:
        """Tell whether a job is, or was to its end, this server's."""
        return job in self._runs

    async def devices(self) -> Devices:
        """Return the devices with what is free on them and who holds the rest."""
        return await self.admission.devices()

    @property
    def live(self) -> int:
        """Return how many jobs of this server hold memory or are on their way to it."""
        return sum(
            not run.job.state.ended and run.job.state is not JobState.PAUSED
            for run in self._runs.values()
        )

    def _newest_running(self, key: str | None) -> Job:
        live = [job for job in self.book.all() if not job.state.ended]
        ready = [job for job in live if job.state is JobState.RUNNING]
        if key is None:
            ready, live = (
                [job for job in jobs if job.kind is JobKind.SERVED] for jobs in (ready, live)
            )
            if not live:
                raise NotFound("No job is running.", hint="Start one with: %sw run MODEL")
            return (ready or live)[0]
        wanted = key.strip("/")
        for group in (ready, live):
            for job in group:
                uri = job.model.rpartition("/")[0]
                if wanted in (job.id, job.name, job.model, job.model_name, uri):
                    return job
        return self.book.get(key)

    def _free_name(self, wanted: str) -> str:
        taken = {job.name for job in self.book.all() if not job.state.ended}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}-{number}", number + 1
        return name

    # Jobs and who drives them ----------------------------------------------------------------

    def _driven(self, job: str) -> bool:
        run = self._runs.get(job)
        return run is not None and not run.job.state.ended

    def _elsewhere(self, job: Job) -> bool:
        """Tell whether a live job is another server's to change."""
        return not job.state.ended and not self._driven(job.id)

    def _run(self, job: Job) -> JobRun:
        run = self._runs.get(job.id)
        assert run is not None, "asked only for jobs that are driven here"
        return run

    def _guest(self, job: Job) -> GuestRun | None:
        stored = self._neighbours.other(job.id)
        if stored is None or stored.worker is None or job.state is not JobState.RUNNING:
            return None
        guest = self._guests.get(job.id)
        record = stored.worker
        if guest is None or guest.worker != record.pid:
            client = WorkerClient(record.socket, record.token)
            guest = self._guests[job.id] = GuestRun(job.id, self.book, client, record.pid)
        return guest

    async def _ask(self, job: Job, verb: str, body: dict[str, Any] | None = None) -> Job:
        """Have the server that drives a job do something with it."""
        await self._neighbours.ask(job.id, verb, body or {})
        return self.book.get(job.id)

    async def _obey(self, command: Command) -> dict[str, Any]:
        """Do what another server asks for."""
        if command.verb == "patch":
            await self.patch(command.job, JobPatch.model_validate(command.body))
        else:
            verbs = {"cancel": self.cancel, "pause": self.pause, "resume": self.resume}
            await verbs[command.verb](command.job)
        return {"done": True}

    async def _take_over(self, stored: StoredJob) -> None:
        run = await self._recovery.take_over(stored)
        if run is not None:
            self._runs[run.job_id] = run


def _change_words(changes: dict[str, object]) -> str:
    words = []
    for name, label in (("release_after", "Release"), ("release_idle", "Release when idle")):
        if name in changes:
            value = changes[name]
            words.append(
                f"{label}: {f'after {format_duration(float(str(value)))}' if value else 'never'}."
            )
    for name, label in (("name", "Renamed to"), ("project", "Moved to project")):
        if name in changes:
            words.append(f"{label} {changes[name]}.")
    if "comment" in changes:
        words.append("Comment changed.")
    if "pinned" in changes:
        words.append("Pinned." if changes["pinned"] else "Unpinned.")
    return " ".join(words)
