"""Workers that a former server started and this one goes on with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from jupyter_sw.runners.client import WorkerClient
from jupyter_sw.runners.local import end_group, remove_sockets

_LOOK_EVERY = 0.2  # seconds; only a parent is told of its child's end
_KILL_WAIT = 5.0  # seconds a killed process may take to go


class AdoptedWorker:
    """A worker process that is not a child of this server.

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

    async def wait(self) -> int | None:
        """Return None once the process has ended."""
        while self._alive():  # noqa: ASYNC110 - nothing tells of somebody else's process
            await asyncio.sleep(_LOOK_EVERY)
        return None

    async def stop(self, grace: float) -> None:
        """End the process group and return when it is gone. See `Worker.stop`."""
        await self.client.close()
        if self._alive():  # else its pid may be somebody else's by now
            await end_group(self.pid, self._gone, grace)
        remove_sockets(self._socket)

    async def _gone(self) -> None:
        await asyncio.wait_for(self.wait(), _KILL_WAIT)
