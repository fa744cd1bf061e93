"""Everything a running server holds, and the order in which it starts and stops."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jupyter_sw.errors import StoreError
from jupyter_sw.jobs.settings import JobSettings

if TYPE_CHECKING:
    from jupyter_sw.chats.manager import ChatManager
    from jupyter_sw.jobs.book import Listener
    from jupyter_sw.jobs.database import Database
    from jupyter_sw.jobs.manager import JobManager
    from jupyter_sw.models.registry import Registry
    from jupyter_sw.schemas.status import StandbyWorker


@dataclass(frozen=True)
class Managers:
    """What does the work behind the handlers."""

    database: Database
    registry: Registry
    jobs: JobManager
    chats: ChatManager


@dataclass
class House:
    """The managers, and when they come and go.

    They are made off the event loop when first asked for: importing the database library and its
    migrations takes longer than the rest of the extension, and a server's start must not wait.
    """

    settings: JobSettings
    publish: Listener
    simulated_devices: str = ""
    private: bool = False
    server_id: str = field(default_factory=lambda: secrets.token_hex(8))
    last_request: float = field(default_factory=time.time)
    _managers: Managers | None = None
    _starting: asyncio.Task[Managers] | None = None

    @property
    def managers(self) -> Managers:
        """Return the managers; `started` comes first."""
        assert self._managers is not None, "started() comes first"
        return self._managers

    @property
    def jobs(self) -> JobManager:
        """Return the jobs."""
        return self.managers.jobs

    @property
    def chats(self) -> ChatManager:
        """Return the conversations."""
        return self.managers.chats

    @property
    def registry(self) -> Registry:
        """Return the models."""
        return self.managers.registry

    @property
    def notices(self) -> list[str]:
        """Return what a person should know about this server."""
        return [notice for notice in (self.managers.database.notice,) if notice]

    @property
    def standby(self) -> list[StandbyWorker]:
        """Return the workers that wait for a job."""
        return self.managers.jobs.standbys.view()

    @property
    def live_jobs(self) -> int:
        """Return how many jobs live."""
        return self._managers.jobs.live if self._managers else 0

    async def started(self) -> None:
        """Return when the database is open and former servers' jobs are looked after."""
        if self._managers is None:
            if self._starting is None:
                self._starting = asyncio.ensure_future(self._start())
            starting = self._starting
            try:
                # One request that is cancelled must not cancel the start for all.
                self._managers = await asyncio.shield(starting)
            except Exception:
                if self._starting is starting:
                    self._starting = None  # what was wrong may be mended by the next request
                raise

    async def stop(self) -> None:
        """Interrupt the turns, release the jobs, close the database."""
        if self._starting is None:
            return
        await self.started()
        await self.chats.stop()
        await self.jobs.stop()
        await self.managers.database.close()

    async def _start(self) -> Managers:
        made = await asyncio.to_thread(self._make)
        await made.database.open()
        await made.jobs.start()
        made.jobs.listen(self.publish)
        self._count(made)
        return made

    @staticmethod
    def _count(made: Managers) -> None:
        from jupyter_sw.server import metrics

        metrics.watch(made.jobs)
        made.chats.on_reply(metrics.reply)

    def _make(self) -> Managers:
        from jupyter_sw.chats.manager import ChatManager
        from jupyter_sw.devices.monitor import DeviceMonitor
        from jupyter_sw.jobs.database import Database
        from jupyter_sw.jobs.manager import JobManager
        from jupyter_sw.models.registry import Registry
        from jupyter_sw.models.trust import Trust
        from jupyter_sw.runners.local import LocalRunner
        from jupyter_sw.runners.standby import Standbys
        from jupyter_sw.server import metrics as _metrics  # noqa: F401 - here, off the event loop

        try:
            self.settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The data directory {self.settings.data_dir} cannot be made: {error.strerror}.",
                hint="Let the server's user write there, or choose another one: c.SwApp.data_dir.",
            ) from error
        database = Database.in_directory(self.settings.data_dir)
        registry = Registry(self.settings.model_store, Trust(self.settings.allow_unsafe_models))
        monitor = DeviceMonitor(self.simulated_devices)
        standbys = Standbys(self.settings.data_dir, LocalRunner.module)
        runner = LocalRunner(self.settings.log_limit, standbys)
        jobs = JobManager(self.settings, database, registry, monitor, runner, standbys=standbys)
        return Managers(database, registry, jobs, ChatManager(database, jobs))
