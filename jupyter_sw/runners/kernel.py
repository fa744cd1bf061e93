"""Models that live in a kernel: where their jobs and the kernels that asked for them meet.

The kernel calls and is given its spec when the job has its memory; from then on it answers as a
worker does, on a socket of its own. It is never signalled: what it holds besides is a person's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import psutil

from jupyter_sw.errors import BadRequest, WorkerLost
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.runners.local import remove_sockets
from jupyter_sw.schemas.worker import EXIT_RELEASED, WorkerSpec

_LOOK_EVERY = 0.2  # seconds
_CALL_AGAIN = 20.0  # seconds after which a kernel that waits is told to call again
_PATIENCE = 10.0  # seconds a kernel that has its turn may take to call
_LET_GO = 10.0  # seconds a kernel that computes may take to let go


class KernelWorker:
    """A kernel, as far as it holds the model of one job.

    Parameters
    ----------
    alive
        Tells whether the process still runs; must tell it from a later one with the same pid.
    """

    def __init__(self, pid: int, socket: str, token: str, alive: Callable[[], bool]) -> None:
        self.pid = pid
        self.client = WorkerClient(socket, token)
        self._socket = Path(socket)
        self._alive = alive
        self._seen = False

    async def wait(self) -> int | None:
        """Return once it has let go, with `EXIT_RELEASED`, or None when the kernel has ended."""
        while self._alive():
            listens = self._socket.exists()
            if self._seen and not listens:
                return EXIT_RELEASED
            self._seen = self._seen or listens
            await asyncio.sleep(_LOOK_EVERY)
        return None

    async def stop(self, grace: float) -> None:
        """Have the kernel let go of the model; return when it has, or after a while."""
        if self._alive():
            with contextlib.suppress(WorkerLost):
                await self.client.let_go(_LET_GO)
        await self.client.close()
        remove_sockets(self._socket)


class Kernels:
    """A runner whose workers are kernels that called."""

    def __init__(self) -> None:
        self._specs: dict[str, asyncio.Future[WorkerSpec]] = {}
        self._callers: defaultdict[str, asyncio.Future[psutil.Process]] = defaultdict(
            lambda: asyncio.get_running_loop().create_future()
        )

    async def call(self, job: str, pid: int) -> WorkerSpec | None:
        """Return what a kernel is to load, once the job has its memory; None: call again.

        Raises
        ------
        BadRequest
            When there is no such process of this user's on this machine.
        """
        try:
            process = psutil.Process(pid)
            own = process.uids().real == psutil.Process().uids().real
        except (psutil.Error, ValueError, OverflowError):
            own = False
        if not own:
            raise BadRequest(
                f"There is no process {pid} of yours on the server's machine.",
                hint="A kernel can hold a model where its Jupyter Server runs.",
            )
        loop = asyncio.get_running_loop()
        spec = self._specs.setdefault(job, loop.create_future())
        caller = self._callers[job]
        if not caller.done():
            caller.set_result(process)
        await asyncio.wait({spec}, timeout=_CALL_AGAIN)
        return spec.result() if spec.done() else None

    async def start(self, spec: WorkerSpec, environment: dict[str, str], log: Path) -> KernelWorker:
        """Give the kernel that called its spec.

        Raises
        ------
        WorkerLost
            When none called, or it is gone.
        """
        caller = self._callers[spec.job]
        await asyncio.wait({caller}, timeout=_PATIENCE)
        if not caller.done() or not caller.result().is_running():
            raise WorkerLost("The kernel that asked for it is gone.")
        process = caller.result()
        loop = asyncio.get_running_loop()
        told = self._specs.setdefault(spec.job, loop.create_future())
        told.set_result(spec.model_copy(update={"environment": environment}))
        return KernelWorker(process.pid, spec.socket, spec.token, lambda: _runs(process))

    def forget(self, job: str) -> None:
        """Forget who called for a job that has ended."""
        self._specs.pop(job, None)
        self._callers.pop(job, None)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
