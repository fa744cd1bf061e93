"""Memory for jobs: waits until the ledger grants it, and gives it back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.errors import StoreError
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.queueing import Ask, Decision, account, check_possible
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.jobs import Grant

_LOOK_EVERY = 1.0  # seconds: other servers and programs that are not ours do not tell us


class Admission:
    """The queue for memory, as this server's jobs see it."""

    def __init__(self, monitor: DeviceMonitor, ledger: Ledger) -> None:
        self._monitor = monitor
        self.ledger = ledger
        self._changed = asyncio.Condition()
        self._changes = 0

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
        granted = False
        await self.ledger.enter(ask)
        try:
            while True:
                seen = self._changes
                devices = await asyncio.to_thread(self._monitor.read)
                check_possible(ask, devices)
                try:
                    decision = await self.ledger.decide(ask, devices, time.time())
                except StoreError as error:  # locked or full for now: its place is kept
                    decision = Decision(reason=str(error))
                if decision.grant:
                    granted = True
                    return decision.grant
                on_wait(decision)
                await self._wait(seen)
        finally:
            if not granted:
                await self.ledger.leave(ask.job)
            await self.wake()

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
