"""Memory for jobs: waits until the ledger grants it, and gives it back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.errors import StoreError, SwError
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.queueing import Ask, Decision, account, check_possible
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.jobs import Grant

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds: other servers and programs that are not ours do not tell us


@dataclass(frozen=True)
class _Waiter:
    """A job of this server that waits, and what it has not heard yet."""

    ask: Ask
    news: asyncio.Queue[Decision | Exception] = field(default_factory=asyncio.Queue)

    async def decision(self) -> Decision:
        """Return the next decision, or raise what ends the wait."""
        news = await self.news.get()
        if isinstance(news, Exception):
            raise news
        return news


class Admission:
    """The queue for memory, as this server's jobs see it."""

    def __init__(self, monitor: DeviceMonitor, ledger: Ledger) -> None:
        self._monitor = monitor
        self.ledger = ledger
        self._changed = asyncio.Condition()
        self._changes = 0
        self._waiters: dict[str, _Waiter] = {}
        self._looking: asyncio.Task[None] | None = None

    async def devices(self) -> Devices:
        """Return all devices with what is free on them and who holds the rest."""
        reading = await asyncio.to_thread(self._monitor.read)
        account(reading, await self.ledger.holdings(), time.time())
        return reading

    async def acquire(self, ask: Ask, on_wait: Callable[[Decision], None]) -> list[Grant]:
        """Return the job's grant once there is room for it; `on_wait` hears why not yet.

        Raises
        ------
        CannotFit
            When there can never be.
        """
        waiter = _Waiter(ask)
        granted = False
        try:
            await self.ledger.enter(ask)
            self._waiters[ask.job] = waiter
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look(), name="queue for memory")
            await self.wake()
            while not (decision := await waiter.decision()).grant:
                on_wait(decision)
            granted = True
            return decision.grant
        finally:
            self._waiters.pop(ask.job, None)
            # Nothing is awaited on the way out with a grant: giving up there would lose it. Who
            # else waits was decided about in the same look.
            if not granted:
                await self.ledger.leave(ask.job)
                await self.wake()

    async def _look(self) -> None:
        """Decide for all who wait here, again and again until nobody does."""
        while self._waiters:
            seen = self._changes
            try:
                devices = await asyncio.to_thread(self._monitor.read)
                self._refuse(devices)
                # No await between this and the store's thread: who comes later is not among them.
                waiters = dict(self._waiters)
                decisions = await self.ledger.decide(waiters, devices, time.time())
            except StoreError as error:  # locked or full for now: everyone's place is kept
                decisions = {job: Decision(reason=str(error)) for job in waiters}
            except Exception as error:  # nobody else would ever answer them
                log.exception("The queue for memory broke")
                for waiter in self._waiters.values():
                    waiter.news.put_nowait(error)
                return
            for job, decision in decisions.items():
                if self._waiters.get(job) is waiters[job]:
                    waiters[job].news.put_nowait(decision)
            await self._wait(seen)

    def _refuse(self, devices: Devices) -> None:
        """Tell those who can never fit."""
        for waiter in self._waiters.values():
            try:
                check_possible(waiter.ask, devices)
            except SwError as error:
                waiter.news.put_nowait(error)

    async def adopt(self, job: str, name: str, grant: list[Grant]) -> None:
        """Take over the grant of a job that a former server left running."""
        await self.ledger.adopt(job, name, grant)

    async def release(self, job: str) -> None:
        """Take a job's grant back."""
        await self.ledger.leave(job)
        await self.wake()

    async def memory_back(self, job: str, grant: list[Grant], timeout: float) -> bool:
        """Wait until the driver shows most of a grant as free again; False after `timeout`.

        Drivers return a dead process's memory late (0.5 to 1.5 s are usual on CUDA).
        """
        wanted = {part.device: part.bytes * 3 // 4 for part in grant if part.device != "cpu"}
        deadline = asyncio.get_running_loop().time() + timeout
        while wanted:
            reading = await asyncio.to_thread(self._monitor.read)
            free = {device.id: device.free for device in reading.devices}
            others = dict.fromkeys(free, 0)
            for holding in await self.ledger.holdings():
                for part in holding.grant if holding.job != job else ():
                    others[part.device] = others.get(part.device, 0) + part.bytes
            if all(
                free.get(device, 0) + others.get(device, 0) >= size
                for device, size in wanted.items()
            ):
                return True
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(0.2)
        return True

    async def wake(self) -> None:
        """Let the queue look again."""
        async with self._changed:
            self._changes += 1
            self._changed.notify_all()

    async def _wait(self, seen: int) -> None:
        """Return at the next change, at once when one came since `seen`, else after a while."""
        async with self._changed:
            try:
                changed = self._changed.wait_for(lambda: self._changes != seen)
                await asyncio.wait_for(changed, _LOOK_EVERY)
            except asyncio.TimeoutError:
                return
