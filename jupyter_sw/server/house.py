"""Everything a running server holds, and the order in which it starts and stops."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field

from jupyter_sw.chats.manager import ChatManager
from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.manager import JobManager
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.models.registry import Registry
from jupyter_sw.runners.local import LocalRunner


@dataclass
class House:
    """The managers behind the handlers."""

    settings: JobSettings
    simulated_devices: str = ""
    private: bool = False
    server_id: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = Database.in_directory(self.settings.data_dir)
        self.registry = Registry(self.settings.model_store)
        self.jobs = JobManager(
            self.settings,
            self.database,
            self.registry,
            DeviceMonitor(self.simulated_devices),
            LocalRunner(),
        )
        self.chats = ChatManager(self.database, self.jobs)
        self.last_request = time.time()
        self._started: asyncio.Task[None] | None = None

    async def started(self) -> None:
        """Return when the database is open and former servers' jobs are looked after.

        The first call begins that work; a server that was never asked opens nothing.
        """
        if self._started is None:
            self._started = asyncio.ensure_future(self._start())
        await asyncio.shield(self._started)

    async def stop(self) -> None:
        """Interrupt the turns, release the jobs, close the database."""
        if self._started is None:
            return
        await self.started()
        await self.chats.stop()
        await self.jobs.stop()
        await self.database.close()

    async def _start(self) -> None:
        await self.database.open()
        await self.jobs.start()
