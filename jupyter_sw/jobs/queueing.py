"""Who gets memory next: decisions only, from what is granted, what is free and who waits.

The rule is first come, first served, with one exception: a job that fits may pass a larger one that
does not. Nobody is passed more than `PASSES` times; from then on memory that comes free is kept for
the one that waits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from jupyter_sw.devices.environment import is_slice
from jupyter_sw.devices.resources import Choice, ResourceRequest
from jupyter_sw.errors import CannotFit, SwError
from jupyter_sw.jobs.planning import held_bytes
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices, Holder
from jupyter_sw.schemas.estimates import Fit
from jupyter_sw.schemas.jobs import Engine, Grant, JobState
from jupyter_sw.schemas.quantities import format_bytes

PASSES = 8
_OWN_MEMORY = (DeviceKind.CUDA, DeviceKind.ROCM)


@dataclass(frozen=True)
class Ask:
    """What a job asks for; `need` in bytes, over all its devices.

    `aside` is what it takes of the CPU's memory beside its GPUs, in bytes.
    """

    job: str
    name: str
    need: int
    resource: ResourceRequest
    prefer_cpu: bool = False
    aside: int = 0

    @property
    def part(self) -> int:
        """Return the bytes it needs on each of its devices."""
        return -(-self.need // self.resource.count)

    def candidates(self, devices: Devices) -> list[Device]:
        """Return the devices that would do. See `ResourceRequest.candidates`.

        Raises
        ------
        CannotFit
            When it takes a GPU with memory of its own, and there is none.
        """
        found = self.resource.candidates(devices)
        if self.aside:
            found = [device for device in found if device.kind in _OWN_MEMORY]
            if not found:
                raise CannotFit(
                    f"{self.name} is to run on a GPU, with part of it in the CPU's memory; "
                    f"{self.resource.text} is none.",
                    hint="Leave --offload out.",
                )
        if self.prefer_cpu and self.resource.choice is Choice.AUTO:
            return [device for device in found if device.kind is DeviceKind.CPU] or found
        return found


@dataclass(frozen=True)
class Waiting:
    """An ask in the queue, and how often it was passed."""

    ask: Ask
    passed: int = 0


@dataclass(frozen=True)
class Holding:
    """A grant, and what is known of the job that has it."""

    job: str
    name: str
    grant: list[Grant]
    state: JobState | None = None
    release_at: float | None = None
    memory: int = 0
    """Bytes its worker says it holds by now."""
    engine: Engine = Engine.AUTO

    def loaded(self, part: Grant) -> int:
        """Return the bytes of a part's device that the driver shows as used by this job."""
        if self.state is not JobState.RUNNING:
            return 0
        main = [one for one in self.grant if one.device != DeviceKind.CPU.value] or self.grant
        if part not in main:  # what lies beside the GPUs: nobody measures it
            return part.bytes
        granted = sum(one.bytes for one in main)
        held = held_bytes(self.engine, self.grant, self.memory)
        # Where nobody can tell, what was granted is the best guess.
        return min(granted, granted if held is None else held) // len(main)


@dataclass(frozen=True)
class Decision:
    """Whether a job gets its memory now; if not, why not and as which of the queue it waits."""

    grant: list[Grant] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)
    reason: str = ""
    position: int = 1


def check_possible(ask: Ask, devices: Devices) -> None:
    """Let an ask pass that fits when nothing else runs.

    Raises
    ------
    CannotFit
        When it never can; says need, have and what to try.
    """
    candidates = ask.candidates(devices)
    if not _split(ask, candidates, _cpu(devices), lambda device: device.total):
        cpu = _cpu(devices)
        if cpu and ask.aside > cpu.total:
            raise CannotFit(
                f"{ask.name} would keep {format_bytes(ask.aside)} in the CPU's memory, which has "
                f"{format_bytes(cpu.total)} in all.",
                hint="Offload less, or choose a smaller model.",
            )
        best = max(candidates, key=lambda device: device.total)
        count = ask.resource.count
        raise CannotFit(
            f"{ask.name} needs {format_bytes(ask.need)}"
            f"{f' on {count} devices' if count > 1 else ''}, and {best.id} ({best.label}"
            f"{', simulated' if best.simulated else ''}) has {format_bytes(best.total)} in all.",
            hint=_several(ask, devices)
            or "Choose a smaller model, a smaller --context or, where it helps, "
            "--dtype float16; %sw models shows what there is.",
        )


def _several(ask: Ask, devices: Devices) -> str:
    """Say on how many GPUs of a kind a job fits that fits on none of them; else nothing."""
    if ask.resource.choice not in (Choice.AUTO, Choice.GPU, Choice.TYPE):
        return ""
    alike: dict[str, list[int]] = {}
    for device in devices.devices:
        if device.kind is not DeviceKind.CPU and not is_slice(device):
            alike.setdefault(device.label, []).append(device.total)
    for label, totals in alike.items():
        for count in range(2, len(totals) + 1):
            if min(sorted(totals)[-count:]) * count >= ask.need:
                return f"It fits on {count} together: --resource '{label}*{count}'."
    return ""


def outlook(ask: Ask, devices: Devices) -> tuple[Fit, list[Grant], SwError | None]:
    """Tell whether an ask fits, on devices that were `account`ed and with nobody else waiting.

    Returns
    -------
    Fit
        Now, when others give memory back, or never.
    list of Grant
        What it would be granted now.
    SwError or None
        Why it does not fit now.
    """
    candidates = ask.candidates(devices)
    free = {device.id: device.free for device in devices.devices}
    if grant := _split(ask, candidates, _cpu(devices), lambda device: device.free):
        return Fit.NOW, grant, None
    try:
        check_possible(ask, devices)
    except CannotFit as error:
        return Fit.NEVER, [], error
    return (
        Fit.LATER,
        [],
        CannotFit(_why(ask, candidates, _cpu(devices), ahead=[], free=free, kept={})),
    )


def account(devices: Devices, holdings: list[Holding], now: float) -> None:
    """Deduct what is granted from what the driver shows as free, and name the holders.

    The driver's figure lags behind a worker that is still loading, and the grants know nothing of
    other people's programs; so what the driver shows as used and no worker of ours says it holds is
    theirs, and what is granted is gone whether it is used yet or not.
    """
    for device in devices.devices:
        used = device.total - device.free
        granted = loaded = loading = 0
        for holding in holdings:
            for part in holding.grant:
                if part.device != device.id:
                    continue
                granted += part.bytes
                loaded += holding.loaded(part)
                if holding.state is not JobState.RUNNING:
                    loading += part.bytes
                device.holders.append(
                    Holder(
                        job=holding.job,
                        name=holding.name,
                        bytes=part.bytes,
                        until=_until(holding, now),
                    )
                )
        # A simulated device's driver sees nothing of ours.
        foreign = used if device.simulated else max(0, used - loaded)
        shown = foreign if device.simulated else max(0, foreign - loading)
        if shown:
            device.holders.append(Holder(job=None, name="others", bytes=shown))
        device.free = max(0, min(device.free, device.total - granted - foreign))


def decide(mine: Collection[str], queue: list[Waiting], devices: Devices) -> dict[str, Decision]:
    """Decide about some jobs of the queue at once, on devices that were `account`ed.

    Parameters
    ----------
    mine
        The jobs to decide about; for the others the place that they will take is kept.
    queue
        All who wait, first come first; of `mine`, who is not in it gets no decision.
    """
    free = {device.id: device.free for device in devices.devices}
    blocked: list[_Blocked] = []
    kept: dict[str, str] = {}  # device -> for whom it is kept
    found: dict[str, Decision] = {}
    cpu = _cpu(devices)

    def keep(one: _Blocked) -> None:
        if one.passed >= PASSES:
            kept.update({device: one.name for device in one.wanted if device not in kept})

    for place, waiting in enumerate(queue):
        ask = waiting.ask
        try:
            candidates = ask.candidates(devices)
        except SwError:  # its devices are gone; its own turn will tell
            continue
        grant = _split(
            ask, candidates, cpu, lambda device: 0 if device.id in kept else free[device.id]
        )
        if grant:
            for part in grant:
                free[part.device] -= part.bytes
            if ask.job in mine:
                taken = {part.device for part in grant}
                passes = [one for one in blocked if one.wanted & taken]
                found[ask.job] = Decision(grant, [one.job for one in passes])
                for one in passes:
                    one.passed += 1
                    keep(one)
            continue
        if ask.job in mine:
            ahead = [other.ask for other in queue[:place]]
            reason = _why(ask, candidates, cpu, ahead=ahead, free=free, kept=kept)
            found[ask.job] = Decision(reason=reason, position=place + 1)
        # A device that it could not use even when empty is not one it waits for.
        wanted = {device.id for device in candidates if device.total >= ask.part}
        wanted |= {cpu.id} if cpu and ask.aside else set()
        blocked.append(_Blocked(ask.job, ask.name, wanted, waiting.passed))
        keep(blocked[-1])
    return found


@dataclass
class _Blocked:
    """A job that waits, for which devices, and how often it was passed by now."""

    job: str
    name: str
    wanted: set[str]
    passed: int


def _cpu(devices: Devices) -> Device | None:
    return next((one for one in devices.devices if one.kind is DeviceKind.CPU), None)


def _split(
    ask: Ask, devices: list[Device], cpu: Device | None, room: Callable[[Device], int]
) -> list[Grant]:
    """Return a grant with even parts on the devices that have most room, or nothing."""
    count, part = ask.resource.count, ask.part
    if len(devices) < count:
        return []
    if ask.resource.choice is Choice.AUTO:
        # A GPU where it fits on one, else the CPU.
        devices = [device for device in devices if room(device) >= part] or devices
        devices = [device for device in devices if device.kind is not DeviceKind.CPU] or devices
    best = sorted(devices, key=room, reverse=True)[:count]
    parts = [(device, part) for device in best]
    if cpu and ask.aside:
        parts.append((cpu, ask.aside))
    if any(room(device) < size for device, size in parts):
        return []
    return [Grant(device=at.id, bytes=size, simulated=at.simulated) for at, size in parts]


def _why(
    ask: Ask,
    candidates: list[Device],
    cpu: Device | None,
    *,
    ahead: list[Ask],
    free: dict[str, int],
    kept: dict[str, str],
) -> str:
    count = ask.resource.count
    where = f" on each of {count} devices" if count > 1 else " on one device"
    if all(device.kind is DeviceKind.CPU for device in candidates):
        where = ""
    text = f"Needs {format_bytes(ask.part)}{where}; "
    able = [device for device in candidates if device.total >= ask.part]
    best = sorted(able, key=lambda device: device.free, reverse=True)[:count]
    text += "; ".join(_state_of(device) for device in best) + "."
    if cpu and free[cpu.id] < ask.aside:
        text += f" Keeps {format_bytes(ask.aside)} in the CPU's memory; {_state_of(cpu)}."
    mine = [device for device in best if free[device.id] >= ask.part and device.id in kept]
    if mine:
        text += f" It is kept for {kept[mine[0].id]}, which waits for more."
    if ahead:
        text += f" {_ordinal(len(ahead) + 1)} in the queue, behind {ahead[-1].name}."
    return text


def _state_of(device: Device) -> str:
    name = f"{device.id} (simulated)" if device.simulated else device.id
    held = ", ".join(
        f"{'other programs hold' if holder.job is None else f'{holder.name} holds'} "
        f"{format_bytes(holder.bytes)}{f' and {holder.until}' if holder.until else ''}"
        for holder in device.holders
    )
    return f"{name} has {format_bytes(device.free)} free{f': {held}' if held else ''}"


def _until(holding: Holding, now: float) -> str:
    """Say when a holder's memory comes back, in minutes: it is read, not timed."""
    if holding.state is JobState.CANCELLING:
        return "is ending"
    if holding.state is not JobState.RUNNING:
        return "is loading"
    if holding.release_at is None:
        return "has no release time"
    if holding.release_at < now:  # an idle clock was put off since this was written
        return "is released when it is idle"
    minutes = math.ceil((holding.release_at - now) / 60)
    if minutes <= 1:
        return "is released in less than a minute"
    if minutes < 120:
        return f"is released in {minutes} min"
    return f"is released in {minutes // 60} h"


def _ordinal(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in (11, 12, 13) else ending}"
