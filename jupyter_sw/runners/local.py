"""Runs workers as processes of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from jupyter_sw.errors import WorkerLost
from jupyter_sw.runners import logpump
from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.runners.environment import child_environment
from jupyter_sw.runners.standby import Standbys
from jupyter_sw.schemas.worker import WorkerSpec

_LAST_WORDS = 2.0  # seconds a dead worker's log may take to be whole


class LocalWorker:
    """A worker process in a session and process group of its own, and what writes its log."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        pump: asyncio.subprocess.Process,
        spec: WorkerSpec,
    ) -> None:
        self._process = process
        self._pump = pump
        self._socket = Path(spec.socket)
        self.pid = process.pid
        self.client = WorkerClient(spec.socket, spec.token)

    async def wait(self) -> int:
        """Return the exit code once the process has ended; negative for a signal."""
        code = await self._process.wait()
        with contextlib.suppress(asyncio.TimeoutError):  # its last words are in the log then
            await asyncio.wait_for(self._pump.wait(), _LAST_WORDS)
        return code

    async def stop(self, grace: float) -> None:
        """End the process group and return when it is gone: TERM, `grace` seconds, KILL."""
        await self.client.close()
        await end_group(self.pid, self._process.wait, grace)
        remove_sockets(self._socket)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._pump.wait(), _LAST_WORDS)


class LocalRunner:
    """Starts workers with this server's own Python (runtime `builtin`).

    Parameters
    ----------
    log_limit
        Bytes that are kept of a job's log.
    standbys
        Prepared processes, which are used where there is one.
    """

    module = "jupyter_sw.worker"

    def __init__(self, log_limit: int = 16 * 2**20, standbys: Standbys | None = None) -> None:
        self._log_limit = log_limit
        self._standbys = standbys

    async def start(self, spec: WorkerSpec, environment: dict[str, str], log: Path) -> LocalWorker:
        """Start a worker; it gets its spec, token included, on standard input only."""
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spec = spec.model_copy(update={"environment": environment})
        if self._standbys is not None:
            standby = self._standbys.take(spec.engine)
            await self._standbys.drop_unready()
            if standby is not None:
                try:
                    pump = await self._pump(standby.output, log)
                except WorkerLost:
                    await standby.end()
                    raise
                process = standby.hand_over()
                if await _tell(process, spec):
                    return LocalWorker(process, pump, spec)
        end, begin = os.pipe()
        try:
            pump = await self._pump(end, log)
            process = await self._spawn(begin, Path(spec.socket).parent, environment)
        finally:
            # Theirs alone now: the log ends when the worker and all it has started are gone.
            os.close(end)
            os.close(begin)
        await _tell(process, spec)  # if it died at once, wait() will tell
        return LocalWorker(process, pump, spec)

    async def _pump(self, source: int, log: Path) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", logpump.__file__, str(log), str(self._log_limit)),
                stdin=source,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,  # it outlives the server, and the worker's group
                env={},
            )
        except OSError as error:
            raise WorkerLost(f"The worker's log could not be started: {error}.") from error

    async def _spawn(
        self, output: int, directory: Path, environment: dict[str, str]
    ) -> asyncio.subprocess.Process:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self.module,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=output,
                # Signals to the server or a kernel must not reach it, nor its death end it.
                start_new_session=True,
                # `-m` puts the working directory on the module path: keep it our own.
                cwd=directory,
                env={**child_environment(os.environ), **environment},
            )
        except OSError as error:
            raise WorkerLost(f"The worker could not be started: {error}.") from error


async def _tell(process: asyncio.subprocess.Process, spec: WorkerSpec) -> bool:
    """Hand a worker its spec; False when it is gone."""
    assert process.stdin is not None
    try:
        process.stdin.write(spec.model_dump_json().encode())
        await process.stdin.drain()
    except ConnectionError:
        return False
    finally:
        process.stdin.close()
    return True


async def end_group(pid: int, gone: Callable[[], Awaitable[object]], grace: float) -> None:
    """End a process group: TERM, `grace` seconds, KILL; return when its leader is `gone`."""
    _signal_group(pid, signal.SIGTERM)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(gone(), grace)
    # Also when the leader went: a grandchild in the group could still hold memory.
    _signal_group(pid, signal.SIGKILL)
    await gone()


def remove_sockets(socket: Path) -> None:
    """Remove what a killed worker could not, an engine's own socket beside it included."""
    for left in socket.parent.glob(f"{socket.stem}.*"):
        left.unlink(missing_ok=True)


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
