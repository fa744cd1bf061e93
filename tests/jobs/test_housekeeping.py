"""Forgetting old jobs, while others look at them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_sw.jobs import housekeeping
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.run import JobRun
from jupyter_sw.jobs.store import JobStore
from jupyter_sw.schemas.jobs import Engine, Job, JobRequest, JobState, Owner
from jupyter_sw.schemas.models import Handler

KEPT, ENDED = 2, 6


@dataclass
class House:
    """A book of ended jobs, the runs they had, and what its keeper needs."""

    tools: Any
    runs: dict[str, JobRun]

    async def forget(self) -> None:
        await housekeeping._forget_old(self.tools, self.runs)

    def known(self) -> list[str]:
        return sorted(job.id for job in self.tools.book.all())


@asynccontextmanager
async def house(directory: Path) -> AsyncIterator[House]:
    database = Database.in_directory(directory)
    await database.open()
    try:
        store = JobStore(database)
        settings = SimpleNamespace(
            keep_ended=KEPT, keep_deleted=600.0, log=lambda job: directory / "logs" / f"{job}.log"
        )
        tools: Any = SimpleNamespace(book=Book(store), store=store, settings=settings)
        kept = House(tools, {})
        for number in range(ENDED):
            job = _ended(f"{number:08x}", number)
            await tools.book.add(job, JobRequest(model=job.model), "Submitted.")
            kept.runs[job.id] = JobRun(job.id, None, tools)
        yield kept
    finally:
        await database.close()


def _ended(key: str, number: int) -> Job:
    return Job(
        id=key,
        name=key,
        model="starwhale/public/tiny/1",
        model_name="tiny",
        handler=Handler.CHATBOT,
        resource="auto",
        runtime="builtin",
        engine=Engine.LLAMACPP,
        dtype="auto",
        project="default",
        owner=Owner(),
        state=JobState.RELEASED,
        created_at=time.time() + number,
    )


def in_a_house(scene: Callable[[House], Awaitable[None]], directory: Path) -> None:
    async def run() -> None:
        async with house(directory) as kept:
            await scene(kept)

    asyncio.run(run())


def test_whoever_looks_meanwhile_finds_the_job_of_every_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status that is asked for, and the server that is stopped, between two logs."""
    seen: list[int] = []

    async def scene(kept: House) -> None:
        loop = asyncio.get_running_loop()

        def slow_disk(_: Path) -> None:
            look = asyncio.run_coroutine_threadsafe(_states(kept), loop)
            seen.append(look.result(5))

        monkeypatch.setattr(housekeeping, "remove_log", slow_disk)
        await kept.forget()
        assert kept.known() == ["00000004", "00000005"]
        assert sorted(kept.runs) == kept.known()

    in_a_house(scene, tmp_path)
    assert seen == [KEPT] * (ENDED - KEPT)


async def _states(kept: House) -> int:
    return sum(run.job.state.ended for run in kept.runs.values())


def test_a_pinned_job_outlives_newer_ones_and_a_restart(tmp_path: Path) -> None:
    async def scene(kept: House) -> None:
        book, store = kept.tools.book, kept.tools.store
        await book.change("00000001", "Pinned.", pinned=True)
        await kept.forget()
        assert kept.known() == ["00000001", "00000004", "00000005"]
        loaded = await store.load(ended=1)
        assert sorted(one.job.id for one in loaded) == ["00000001", "00000005"]
        await book.change("00000001", "Unpinned.", pinned=False)
        await kept.forget()
        assert kept.known() == ["00000004", "00000005"]

    in_a_house(scene, tmp_path)


def test_a_job_that_still_gives_its_memory_back_is_forgotten_later(tmp_path: Path) -> None:
    async def scene(kept: House) -> None:
        run = kept.runs["00000000"]
        run._task = asyncio.create_task(asyncio.Event().wait())  # type: ignore[arg-type]
        await kept.forget()
        assert kept.known() == ["00000000", "00000004", "00000005"]
        assert run.job.state.ended
        run._task.cancel()
        await run.finished()
        await kept.forget()
        assert kept.known() == ["00000004", "00000005"]

    in_a_house(scene, tmp_path)
