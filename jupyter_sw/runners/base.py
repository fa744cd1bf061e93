"""What every runner offers."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.schemas.worker import WorkerSpec


class Worker(Protocol):
    """A worker that was started."""

    pid: int
    client: WorkerClient

    async def wait(self) -> int | None:
        """Return the exit code once the process has ended; negative for a signal.

        None where it cannot be known: only a process's parent learns it.
        """

    async def stop(self, grace: float) -> None:
        """End the process group and return when it is gone: TERM, `grace` seconds, KILL."""


class Runner(Protocol):
    """Starts workers somewhere."""

    async def start(self, spec: WorkerSpec, environment: dict[str, str], log: Path) -> Worker:
        """Start a worker whose standard streams go to `log`.

        Raises
        ------
        WorkerLost
            When the process cannot be started.
        """
