"""What can be done with jobs; everything a front door needs."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.errors import NotFound, NotReady, WrongState
from jupyter_sw.jobs.admission import Admission, Ask
from jupyter_sw.jobs.book import Book, Listener
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.logs import follow_log, read_log
from jupyter_sw.jobs.planning import choose_context, least_need, make_plan, memory_need
from jupyter_sw.jobs.run import Ending, JobRun, Tools
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.jobs.store import JobStore, Orphan
from jupyter_sw.models.registry import Registry
from jupyter_sw.runners.base import Runner
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.jobs import Job, JobEvent, JobNews, JobPatch, JobRequest, JobState, Owner
from jupyter_sw.schemas.quantities import format_duration

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
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._store = JobStore(database)
        self.book = Book(self._store)
        self.admission = Admission(monitor)
        self._tools = Tools(self.book, self._store, self.admission, runner, settings)
        self._runs: dict[str, JobRun] = {}

    async def start(self) -> None:
        """Read the jobs of former servers; end what a dead one left behind."""
        ended, orphans = await self._store.load(self._settings.keep_ended)
        self.book.fill(ended)
        for orphan in orphans:
            await self._bury(orphan)

    async def stop(self) -> None:
        """Release all jobs: a server that stops leaves no model behind."""
        runs = list(self._runs.values())
        ending = Ending(JobState.RELEASED, "Released because the Jupyter Server stopped.")
        await asyncio.gather(*(run.end(ending) for run in runs), return_exceptions=True)
        if runs:
            waits = [asyncio.ensure_future(run.finished()) for run in runs]
            await asyncio.wait(waits, timeout=_STOP_WAIT)

    async def submit(self, request: JobRequest) -> Job:
        """Start a job and return it at once.

        Raises
        ------
        BadRequest, NotFound
            When the request names something that is not there.
        CannotFit
            When it is known already that no device can ever hold the model.
        """
        plan = await asyncio.to_thread(make_plan, request, self._registry)
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
            context=request.context,
            project=request.project,
            comment=request.comment,
            owner=request.owner or Owner(),
            state=JobState.FETCHING,
            created_at=time.time(),
            release_after=self._duration(
                request.release_after, self._settings.default_release_after
            ),
            release_idle=self._duration(request.release_idle, self._settings.default_release_idle),
        )
        # Say now, not in a failed job or after a long download, that it cannot fit.
        if fetch.files is not None:
            context = choose_context(request.context, fetch.files)
            need = (await memory_need(plan, fetch.files, context, devices)).total
            ask = Ask(job.id, job.name, need, plan.resource, plan.prefers_cpu(fetch.files))
        else:
            need = await asyncio.to_thread(least_need, plan, self._registry, devices)
            ask = Ask(job.id, job.name, need, plan.resource)
        self.admission.check_possible(ask, devices)
        where = f" from {job.owner.notebook}" if job.owner.notebook else ""
        await self.book.add(job, f"Submitted{where}.")
        run = JobRun(job.id, plan, self._tools)
        self._runs[job.id] = run
        run.start()
        return job

    def find(self, project: str | None = None, state: str | None = None) -> list[Job]:
        """Return jobs, newest first; `state` is a state, `live` or `ended`."""
        return [
            job
            for job in self.book.all()
            if (not project or job.project == project)
            and (not state or state in (job.state.value, "ended" if job.state.ended else "live"))
        ]

    async def patch(self, key: str, patch: JobPatch) -> Job:
        """Change clocks or the comment of a job that lives (the comment also later).

        Raises
        ------
        WrongState
            When a clock of an ended job is to be changed.
        """
        job = self.book.get(key)
        changes = patch.model_dump(exclude_unset=True, exclude_none=True)
        clocks: dict[str, Any] = {
            name: changes[name] or None
            for name in ("release_after", "release_idle")
            if name in changes
        }
        if clocks and job.state.ended:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}; its release time cannot change.",
                hint=f"Run it again: %sw run {job.model_name}",
            )
        changes.update(clocks)
        if not changes:
            return job
        job = await self.book.change(job.id, _change_words(changes), **changes)
        if run := self._runs.get(job.id):
            await run.clocks_changed()
        return job

    async def cancel(self, key: str) -> Job:
        """End a job, from every live state; returns when it is `cancelling`.

        Raises
        ------
        WrongState
            When it has ended.
        """
        job = self.book.get(key)
        run = self._runs.get(job.id)
        if job.state.ended or run is None:
            raise WrongState(f"{job.name} ({job.id}) is {job.state.value} already.")
        await run.end(Ending(JobState.CANCELLED, "Cancelled."))
        return self.book.get(job.id)

    async def delete(self, key: str) -> None:
        """Forget an ended job, its timeline and its log.

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
        await self.book.remove(job.id)
        await asyncio.to_thread(self._settings.log(job.id).unlink, missing_ok=True)
        self._runs.pop(job.id, None)

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

    def follow_log(self, key: str, offset: int) -> AsyncIterator[tuple[str, int]]:
        """Yield a job's log as it grows, until the job has ended and all was yielded."""
        job = self.book.get(key).id
        return follow_log(self._settings.log(job), offset, lambda: self.book.get(job).state.ended)

    def running(self, key: str | None = None) -> JobRun:
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
        run = self._runs.get(job.id)
        if job.state.ended or run is None or job.state is JobState.CANCELLING:
            raise WrongState(
                f"{job.name} ({job.id}) is {job.state.value}.",
                hint=f"Run it again: %sw run {job.model_name}",
            )
        if run.client is None:
            raise NotReady(
                f"{job.name} ({job.id}) is {job.state.value}; it cannot answer yet.",
                hint="Wait until it runs: %sw ps shows how far it is.",
            )
        return run

    async def devices(self) -> Devices:
        """Return the devices with what is free on them and who holds the rest."""
        return await self.admission.devices()

    @property
    def live(self) -> int:
        """Return how many jobs live."""
        return sum(not job.state.ended for job in self.book.all())

    def _newest_running(self, key: str | None) -> Job:
        live = [job for job in self.book.all() if not job.state.ended]
        ready = [job for job in live if job.state is JobState.RUNNING]
        if key is None:
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

    @staticmethod
    def _duration(asked: float | None, default: float) -> float | None:
        return (default if asked is None else asked) or None

    async def _bury(self, orphan: Orphan) -> None:
        """End the worker of a dead server's job and say what became of the job."""
        if orphan.worker is not None and orphan.worker.process.alive():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(orphan.worker.pid, signal.SIGKILL)
        reason = "The Jupyter Server that ran it ended unexpectedly."
        job = orphan.job.model_copy(
            update={
                "state": JobState.FAILED,
                "reason": reason,
                "hint": f"Run it again: %sw run {orphan.job.model_name}",
                "ended_at": time.time(),
                "progress": None,
                "grant": [],
                "pid": None,
                "release_at": None,
                "seq": orphan.job.seq + 1,
            }
        )
        event = JobEvent(
            job=job.id, time=time.time(), kind="state", state=job.state, message=reason
        )
        await self._store.save(job, event)
        self.book.fill([job])


def _change_words(changes: dict[str, object]) -> str:
    words = []
    for name, label in (("release_after", "Release"), ("release_idle", "Release when idle")):
        if name in changes:
            value = changes[name]
            words.append(
                f"{label}: {f'after {format_duration(float(str(value)))}' if value else 'never'}."
            )
    if "comment" in changes:
        words.append("Comment changed.")
    return " ".join(words)
