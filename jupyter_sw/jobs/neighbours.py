"""Other Jupyter Servers of the same user on this machine, met in the job store.

Each job is driven by one server. The others show what that server writes, leave it commands, speak
to its workers themselves, and take its jobs over when it is gone.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from jupyter_sw.errors import NotReady, SwError
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.store import Command, JobStore, Process, StoredJob
from jupyter_sw.schemas.jobs import JobEvent

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.3  # seconds; a look costs SQLite one read of the file's header
_ALIVE_EVERY = 2.0
_ANSWER_EVERY = 0.1
_PATIENCE = 20.0  # seconds for an answer: a pause waits for its worker's end

Obey = Callable[[Command], Awaitable[dict[str, Any]]]
TakeOver = Callable[[StoredJob], Awaitable[None]]


class Neighbours:
    """Keeps this server's book true to what others write, and answers them.

    Parameters
    ----------
    driven
        Tells whether a job is driven here.
    obey
        Does what a command says and returns its answer.
    take_over
        Called with a live job whose server is gone.
    """

    def __init__(
        self,
        store: JobStore,
        book: Book,
        driven: Callable[[str], bool],
        obey: Obey,
        take_over: TakeOver,
    ) -> None:
        self._store = store
        self._book = book
        self._driven = driven
        self._obey = obey
        self._take_over = take_over
        self._others: dict[str, StoredJob] = {}
        self._since = 0.0
        self._event = 0
        self._looked = 0.0
        self._working: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, stored: list[StoredJob]) -> None:
        """Note where the others' news go on from."""
        self._since = time.time()
        self._event = await self._store.last_event()
        for one in stored:
            self._note(one)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.look()
            except SwError as error:
                log.warning("%s", error)
            except Exception:
                log.exception("Looking after other servers' jobs failed")

    async def look(self) -> None:
        """Learn what others have written, obey what they ask, take over what they left."""
        if await self._store.changed_by_others():
            await self._learn()
            for command in await self._store.asked():
                if command.id not in self._working:
                    self._working.add(command.id)
                    self._spawn(self._answer(command))
        if time.monotonic() - self._looked > _ALIVE_EVERY:
            self._looked = time.monotonic()
            await self._bury_the_dead()

    def other(self, job: str) -> StoredJob | None:
        """Return a live job that another server drives, as it was last read."""
        return self._others.get(job)

    async def ask(self, job: str, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        """Have the server that drives a job do something with it; return its answer.

        Raises
        ------
        SwError
            What that server refused with.
        NotReady
            When it does not answer.
        """
        command = Command(secrets.token_hex(8), job, verb, body)
        await self._store.ask(command)
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            await asyncio.sleep(_ANSWER_EVERY)
            answer = await self._store.answer_to(command.id)
            if answer is not None:
                if "error" in answer:
                    raise SwError.from_wire(answer["error"])
                await self._learn()
                return answer
        await self._store.forget(command.id)
        raise NotReady(
            "The Jupyter Server that drives this job does not answer.",
            hint="Try again; if that server hangs, end it: its jobs are taken over then.",
        )

    async def settled(self) -> None:
        """Return when what was begun for others and for the dead is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Finish what was begun for others."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)

    async def _learn(self) -> None:
        began = time.time()
        stored, events, self._event = await self._store.news(self._since, self._event)
        self._since = began
        lines: dict[str, list[JobEvent]] = defaultdict(list)
        for event in events:
            lines[event.job].append(event)
        for one in stored:
            known = self._book.known(one.job.id)
            self._note(one)
            if not self._driven(one.job.id) and (known is None or known.seq < one.job.seq):
                self._book.learn(one.job, lines[one.job.id])

    def _note(self, one: StoredJob) -> None:
        if one.job.state.ended or one.server == self._store.server:
            self._others.pop(one.job.id, None)
        else:
            self._others[one.job.id] = one

    async def _bury_the_dead(self) -> None:
        servers = {one.server for one in self._others.values()}
        if not servers:
            return
        gone = await asyncio.to_thread(_gone, servers)
        for one in [one for one in self._others.values() if one.server in gone]:
            self._others.pop(one.job.id, None)
            self._spawn(self._take_over(one))

    async def _answer(self, command: Command) -> None:
        try:
            answer = await self._obey(command)
        except SwError as error:
            answer = {"error": error.to_wire()}
        await self._store.answer(command.id, answer)

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _gone(servers: set[Process]) -> set[Process]:
    return {server for server in servers if not server.alive()}
