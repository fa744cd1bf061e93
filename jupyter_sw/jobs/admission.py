"""Who may use how much memory of which device: grants, and the queue for them.

Free memory is min(what the driver reports, total - grants): the driver's figure lags behind a
worker that is still loading, and the grants know nothing of other people's programs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.devices.resources import Choice, ResourceRequest, parse_resource
from jupyter_sw.errors import CannotFit
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices, Holder
from jupyter_sw.schemas.jobs import Grant
from jupyter_sw.schemas.quantities import format_bytes

_LOOK_EVERY = 2.0  # seconds: programs that are not ours come and go without telling


@dataclass(frozen=True)
class Ask:
    """What a job asks for."""

    job: str
    name: str
    need: int
    resource: ResourceRequest
    prefer_cpu: bool = False


class Admission:
    """The ledger of grants and the first-come-first-served queue before it."""

    def __init__(self, monitor: DeviceMonitor) -> None:
        self._monitor = monitor
        self._grants: dict[str, tuple[Ask, list[Grant]]] = {}
        self._queue: list[Ask] = []
        self._changed = asyncio.Condition()

    async def devices(self) -> Devices:
        """Return all devices with what is free on them and who holds the rest."""
        reading = await asyncio.to_thread(self._monitor.read)
        for device in reading.devices:
            self._account(device)
        return reading

    def check_possible(self, ask: Ask, devices: Devices) -> None:
        """Let an ask pass that fits when nothing else runs.

        Raises
        ------
        CannotFit
            When it never can; says need, have and what to try.
        """
        candidates = _candidates(ask, devices)
        if not _split(ask, candidates, lambda device: device.total):
            best = max(candidates, key=lambda device: device.total)
            count = ask.resource.count
            raise CannotFit(
                f"{ask.name} needs {format_bytes(ask.need)}"
                f"{f' on {count} devices' if count > 1 else ''}, and {best.id} ({best.label}) "
                f"has {format_bytes(best.total)} in all.",
                hint="Choose a smaller model, a smaller --context or, where it helps, "
                "--dtype float16; %sw models shows what there is.",
            )

    async def acquire(self, ask: Ask, on_wait: Callable[[str], None]) -> list[Grant]:
        """Return the job's grant once there is room for it; `on_wait` hears why not yet.

        Raises
        ------
        CannotFit
            When there can never be.
        """
        self._queue.append(ask)
        try:
            while True:
                devices = await self.devices()
                self.check_possible(ask, devices)
                ahead = self._queue[: self._queue.index(ask)]
                candidates = _candidates(ask, devices)
                grant = _split(ask, candidates, lambda device: device.free)
                if grant and not ahead:
                    self._grants[ask.job] = (ask, grant)
                    return grant
                on_wait(_why(ask, candidates, ahead))
                await self._wait()
        finally:
            self._queue.remove(ask)
            await self.wake()

    async def adopt(self, job: str, name: str, grant: list[Grant]) -> None:
        """Take over the grant of a job that a former server left running."""
        ask = Ask(job, name, sum(part.bytes for part in grant), parse_resource("auto"))
        self._grants[job] = (ask, grant)

    async def release(self, job: str) -> None:
        """Take a job's grant back."""
        if self._grants.pop(job, None):
            await self.wake()

    async def memory_back(self, grant: list[Grant], timeout: float) -> bool:
        """Wait until the driver shows most of a grant as free again; False after `timeout`.

        Drivers return a dead process's memory late (0.5 to 1.5 s are usual on CUDA).
        """
        wanted = {part.device: part.bytes * 3 // 4 for part in grant if part.device != "cpu"}
        deadline = asyncio.get_running_loop().time() + timeout
        while wanted:
            reading = await asyncio.to_thread(self._monitor.read)
            free = {device.id: device.free for device in reading.devices}
            others = self._granted()
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
            self._changed.notify_all()

    async def _wait(self) -> None:
        async with self._changed:
            try:
                await asyncio.wait_for(self._changed.wait(), _LOOK_EVERY)
            except asyncio.TimeoutError:
                return

    def _granted(self) -> dict[str, int]:
        sums: dict[str, int] = {}
        for _, grant in self._grants.values():
            for part in grant:
                sums[part.device] = sums.get(part.device, 0) + part.bytes
        return sums

    def _account(self, device: Device) -> None:
        used = device.total - device.free
        ours = 0
        for ask, grant in self._grants.values():
            for part in grant:
                if part.device == device.id:
                    device.holders.append(Holder(job=ask.job, name=ask.name, bytes=part.bytes))
                    ours += part.bytes
        # A simulated device's driver sees nothing of ours; a real one sees it once it is loaded.
        others = used if device.simulated else max(0, used - ours)
        if others:
            device.holders.append(Holder(job=None, name="others", bytes=others))
        device.free = max(0, min(device.free, device.total - ours))


def _candidates(ask: Ask, devices: Devices) -> list[Device]:
    found = ask.resource.candidates(devices)
    if ask.prefer_cpu and ask.resource.choice is Choice.AUTO:
        return [device for device in found if device.kind is DeviceKind.CPU] or found
    return found


def _split(ask: Ask, devices: list[Device], room: Callable[[Device], int]) -> list[Grant]:
    """Return a grant with even parts on the devices that have most room, or nothing."""
    count = ask.resource.count
    if len(devices) < count:
        return []
    part = -(-ask.need // count)
    if ask.resource.choice is Choice.AUTO:
        # A GPU where it fits on one, else the CPU.
        devices = [device for device in devices if room(device) >= part] or devices
        devices = [device for device in devices if device.kind is not DeviceKind.CPU] or devices
    best = sorted(devices, key=room, reverse=True)[:count]
    if any(room(device) < part for device in best):
        return []
    return [Grant(device=device.id, bytes=part) for device in best]


def _why(ask: Ask, candidates: list[Device], ahead: list[Ask]) -> str:
    need = format_bytes(-(-ask.need // ask.resource.count))
    each = " on each of " + str(ask.resource.count) if ask.resource.count > 1 else ""
    best = max(candidates, key=lambda device: device.free)
    held = ", ".join(f"{holder.name} holds {format_bytes(holder.bytes)}" for holder in best.holders)
    text = f"Needs {need}{each}; {best.id} has {format_bytes(best.free)} free"
    text += f" ({held})." if held else "."
    if ahead:
        text += f" Behind {', '.join(other.name for other in ahead)}."
    return text
