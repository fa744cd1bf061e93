"""The book of jobs: what every job is now, who must hear of a change, and what is on disk.

A change is written first and told afterwards; the lock of a job keeps its changes in order. What
is only ever of the moment (progress, metrics) is told first and written with the next `flush`, for
other servers of the same user and for the one that comes after this.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_sw.errors import NotFound
from jupyter_sw.jobs.clocks import release_at
from jupyter_sw.jobs.states import check_move
from jupyter_sw.jobs.store import JobStore
from jupyter_sw.schemas.jobs import Job, JobEvent, JobNews, JobRequest, JobState

Listener = Callable[[JobNews], None]


class Book:
    """All jobs this server knows, in memory and on disk."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._jobs: dict[str, Job] = {}
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._listeners: set[Listener] = set()
        self._shown: set[str] = set()

    def fill(self, jobs: list[Job]) -> None:
        """Take in jobs that are on disk already."""
        self._jobs.update({job.id: job for job in jobs})

    def all(self) -> list[Job]:
        """Return all jobs that were not deleted, newest first."""
        jobs = [job for job in self._jobs.values() if job.deleted_at is None]
        return sorted(jobs, key=lambda job: job.created_at, reverse=True)

    def deleted(self) -> list[Job]:
        """Return the jobs that were deleted and can be restored."""
        return [job for job in self._jobs.values() if job.deleted_at is not None]

    def known(self, key: str) -> Job | None:
        """Return the job with exactly this id, deleted or not."""
        return self._jobs.get(key)

    def get(self, key: str) -> Job:
        """Return the job with this id, unique prefix of an id, or name (the newest, live first).

        Raises
        ------
        NotFound
            When there is none, or a prefix fits several.
        """
        job = self._jobs.get(key)
        if job is not None and job.deleted_at is None:
            return job
        by_prefix = [job for job in self.all() if len(key) >= 3 and job.id.startswith(key)]
        if len(by_prefix) == 1:
            return by_prefix[0]
        by_name = [job for job in self.all() if job.name == key]
        by_name.sort(key=lambda job: job.state.ended)
        if by_name:
            return by_name[0]
        live = ", ".join(f"{job.id} ({job.name})" for job in self.all() if not job.state.ended)
        raise NotFound(
            f"There is no job {key!r}.",
            hint=f"Live jobs: {live}." if live else "No job is live; start one with: %sw run MODEL",
        )

    async def add(self, job: Job, request: JobRequest, message: str) -> Job:
        """Take in a new job and what was asked for."""
        event = _event(job, "state", message, "user")
        await self._store.add(job, request, event)
        self._jobs[job.id] = job
        self._tell(job, event)
        return job

    async def move(
        self, key: str, state: JobState, message: str, *, cause: str = "", **changes: Any
    ) -> Job:
        """Bring a job to another state; `cause` is who or what does it (see `JobEvent`).

        Raises
        ------
        WrongState
            When the table of moves has no such move.
        """
        return await self._change(key, "state", message, cause, state=state, **changes)

    async def change(
        self, key: str, message: str, *, kind: str = "changed", cause: str = "", **changes: Any
    ) -> Job:
        """Change fields of a job and write a line of its timeline."""
        return await self._change(key, kind, message, cause, **changes)

    async def save(self, key: str, **changes: Any) -> Job:
        """Change fields of a job without a line in its timeline."""
        return await self._change(key, None, "", "", **changes)

    def show(self, key: str, **changes: Any) -> Job:
        """Change what is only ever of the moment (progress, metrics): told now, written later."""
        self._shown.add(key)
        return self._put(self._jobs[key], changes, None)

    async def flush(self) -> None:
        """Write what was shown since the last time."""
        while self._shown:
            key = self._shown.pop()
            async with self._locks[key]:  # a change that is being written must not be undone
                if key in self._jobs:
                    await self._store.save(self._jobs[key])

    def learn(self, job: Job, events: list[JobEvent]) -> None:
        """Take in what another server has written about a job."""
        self._jobs[job.id] = job
        for event in events:
            self._tell(job, event)
        if not events:
            self._tell(job, None)

    async def remove(self, gone: list[str]) -> None:
        """Forget jobs, also those that were never taken in."""
        await self._store.delete(gone)
        for key in gone:
            self._jobs.pop(key, None)
            self._locks.pop(key, None)

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        """Call `listener` with every news while the block runs."""
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    def listen(self, listener: Listener) -> None:
        """Call `listener` with every news from now on."""
        self._listeners.add(listener)

    async def follow(self, key: str) -> AsyncIterator[JobNews]:
        """Yield a job as it is, then each news of it, until it has ended.

        A reader who falls behind gets the newest news; none of the timeline's lines is skipped.
        """
        queue: asyncio.Queue[JobNews] = asyncio.Queue()
        with self.listening(lambda news: queue.put_nowait(news) if news.job.id == key else None):
            news = JobNews(job=self._jobs[key], now=time.time())
            while True:
                yield news
                if news.job.state.ended:
                    return
                news = await queue.get()
                while news.event is None and not queue.empty():
                    news = queue.get_nowait()

    async def _change(
        self, key: str, kind: str | None, message: str, cause: str, **changes: Any
    ) -> Job:
        async with self._locks[key]:
            old = self._jobs[key]
            if "state" in changes:
                check_move(old.state, changes["state"])
            job = _updated(old, changes)
            event = _event(job, kind, message, cause) if kind else None
            await self._store.save(job, event)
            self._shown.discard(key)
            return self._put(self._jobs[key], changes, event)

    def _put(self, old: Job, changes: dict[str, Any], event: JobEvent | None) -> Job:
        # From the newest job, not from the one that was written: `show` may have come between.
        job = _updated(old, changes)
        self._jobs[job.id] = job
        self._tell(job, event)
        return job

    def _tell(self, job: Job, event: JobEvent | None) -> None:
        news = JobNews(job=job, event=event, now=time.time())
        for listener in list(self._listeners):
            listener(news)


def _updated(old: Job, changes: dict[str, Any]) -> Job:
    job = old.model_copy(update={**changes, "seq": old.seq + 1})
    job.release_at = release_at(job)
    return job


def _event(job: Job, kind: str, message: str, cause: str) -> JobEvent:
    return JobEvent(
        job=job.id, time=time.time(), kind=kind, state=job.state, message=message, cause=cause
    )
