"""Worker processes of this machine that wait for a job, their engine's library imported."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from jupyter_sw.runners.environment import child_environment
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.status import StandbyWorker

_AFTER_DEATH = 60.0  # seconds; what makes one die by itself would end the next one, too


@dataclass
class Standby:
    """One that waits. It ends when its standard input closes: with this server at the latest."""

    engine: Engine
    process: asyncio.subprocess.Process
    output: int
    """Where all that it prints can be read."""
    _ready_end: int
    _environment: dict[str, str]
    _ready: bool = False

    @property
    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self.process.returncode is None

    @property
    def ready(self) -> bool:
        """Tell whether the library is imported."""
        if not self._ready:
            with contextlib.suppress(BlockingIOError):
                self._ready = os.read(self._ready_end, 1) == b"."
        return self._ready

    @property
    def usable(self) -> bool:
        """Tell whether a job may have it: a worker started now would get the same variables."""
        return self.alive and self.ready and self._environment == child_environment(os.environ)

    def view(self) -> StandbyWorker:
        """Return how it is shown."""
        memory = 0
        with contextlib.suppress(psutil.Error):
            memory = psutil.Process(self.process.pid).memory_info().rss
        return StandbyWorker(
            engine=self.engine, pid=self.process.pid, ready=self.ready, memory=memory
        )

    def hand_over(self) -> asyncio.subprocess.Process:
        """Return the process; who writes its log has a copy of `output` by now."""
        os.close(self._ready_end)
        os.close(self.output)
        return self.process

    async def end(self) -> None:
        """Kill it: it has nothing to lose."""
        os.close(self._ready_end)
        os.close(self.output)
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


@dataclass
class Standbys:
    """All of a server's that wait.

    Parameters
    ----------
    directory
        Their working directory; must be this user's own.
    module
        What Python runs.
    """

    directory: Path
    module: str = "jupyter_sw.worker"
    _waiting: list[Standby] = field(default_factory=list)
    _none_before: float = 0.0

    @property
    def alive(self) -> int:
        """Return the number of those that live."""
        return sum(one.alive for one in self._waiting)

    def view(self) -> list[StandbyWorker]:
        """Return those that live, as they are shown."""
        return [one.view() for one in self._waiting if one.alive]

    def take(self, engine: Engine) -> Standby | None:
        """Return one for a job of `engine` that starts now, None when none is ready."""
        for one in self._waiting:
            if one.engine is engine and one.usable:
                self._waiting.remove(one)
                return one
        return None

    async def keep(self, engines: Sequence[Engine]) -> None:
        """End those that are of no use, and see that there is one for each of `engines`."""
        if any(not one.alive for one in self._waiting):
            self._none_before = time.monotonic() + _AFTER_DEATH
        missing = list(engines)
        useless = []
        for one in self._waiting:
            if one.alive and one.engine in missing and (one.usable or not one.ready):
                missing.remove(one.engine)
            else:
                useless.append(one)
        await self._end(useless)
        if missing and time.monotonic() >= self._none_before:
            begun = await self._start(missing[0])
            self._waiting.append(begun)  # to the list of now: others may have ended meanwhile

    async def drop_unready(self) -> None:
        """End those that still import: a job that loads needs the cores."""
        await self._end([one for one in self._waiting if not one.ready])

    async def close(self) -> None:
        """End all."""
        await self._end(list(self._waiting))

    async def _end(self, ended: list[Standby]) -> None:
        self._waiting = [one for one in self._waiting if one not in ended]
        # Nobody knows of them from here on: who is cancelled meanwhile must not leave them behind.
        await asyncio.shield(asyncio.gather(*(one.end() for one in ended)))

    async def _start(self, engine: Engine) -> Standby:
        environment = child_environment(os.environ)
        output, print_to = os.pipe()
        ready, tell = os.pipe()
        os.set_blocking(ready, False)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self.module, "standby", engine.value, str(tell)),
                stdin=asyncio.subprocess.PIPE,
                stdout=print_to,
                stderr=print_to,
                pass_fds=[tell],
                start_new_session=True,
                cwd=self.directory,
                env=environment,
            )
        except BaseException:
            os.close(output)
            os.close(ready)
            raise
        finally:
            os.close(print_to)
            os.close(tell)
        return Standby(engine, process, output, ready, environment)
