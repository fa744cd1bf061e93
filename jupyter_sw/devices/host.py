"""The machine itself: its processor, and the memory this process may really use.

In a container or a batch job the physical memory is not the limit; the control group's is, so
both are read.
"""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from jupyter_sw.devices.labels import size_label
from jupyter_sw.schemas.devices import Device, DeviceKind


@dataclass(frozen=True)
class Memory:
    """Bytes there are and bytes a new program could take without swapping."""

    total: int
    free: int


def physical_memory() -> Memory:
    """Return the machine's own memory, whatever limits this process has."""
    memory = psutil.virtual_memory()
    return Memory(memory.total, memory.available)


def usable_memory(physical: Memory, root: Path = Path("/")) -> Memory:
    """Return `physical` cut down to what the control groups of this process allow.

    Parameters
    ----------
    physical
        The machine's memory.
    root
        Folder under which ``proc`` and ``sys`` lie.
    """
    total, free = physical.total, physical.free
    for limit, used in _group_limits(root):
        total = min(total, limit)
        free = min(free, max(0, limit - used))
    return Memory(total, min(total, free))


def cpu(root: Path = Path("/")) -> Device:
    """Return the processor as a device, with the memory this process may use."""
    memory = usable_memory(physical_memory(), root)
    return Device(
        id="cpu",
        kind=DeviceKind.CPU,
        name=_processor_name(root),
        label="CPU",
        total=memory.total,
        free=memory.free,
        utilization=psutil.cpu_percent(interval=None) / 100,
    )


def apple_gpu(system: str | None = None, machine: str | None = None) -> Device | None:
    """Return the GPU of an Apple silicon Mac, which shares the machine's memory, or None."""
    if (system or platform.system(), machine or platform.machine()) != ("Darwin", "arm64"):
        return None
    memory, name = physical_memory(), _apple_chip()
    return Device(
        id="mps",
        kind=DeviceKind.MPS,
        name=name,
        label=f"{name} {size_label('', memory.total)}",
        total=memory.total,
        free=memory.free,
    )


def _group_limits(root: Path) -> Iterator[tuple[int, int]]:
    """Give (limit, used) in bytes of every control group above this process that has a limit.

    Page cache that the kernel can drop is not counted as used: weights that were read once
    would otherwise look like memory that is gone.
    """
    for hierarchy, names in _groups(root):
        for folder in (hierarchy, *hierarchy.parents):
            limit, used = (_number(folder / name) for name in names)
            if limit is not None and used is not None:
                yield limit, max(0, used - _page_cache(folder / "memory.stat"))
            if folder in {root / "sys/fs/cgroup", root / "sys/fs/cgroup/memory"}:
                break


def _groups(root: Path) -> Iterator[tuple[Path, tuple[str, str]]]:
    """Give the memory group of this process and the names of its two files (cgroup v2, v1)."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    mount = root / "sys/fs/cgroup"
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            files = ("memory.limit_in_bytes", "memory.usage_in_bytes")
            yield mount / "memory" / path.lstrip("/"), files
        elif number == "0" and not controllers:
            yield mount / path.lstrip("/"), ("memory.max", "memory.current")


def _page_cache(stat: Path) -> int:
    try:
        fields = dict(line.split(" ", 1) for line in stat.read_text().splitlines())
        # v1 counts children in `total_*`; v2 always does.
        return sum(
            int(fields.get(f"total_{name}", fields.get(name, "0")))
            for name in ("active_file", "inactive_file")
        )
    except (OSError, ValueError):
        return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):  # `max` means no limit
        return None


@cache
def _processor_name(root: Path) -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", (root / "proc/cpuinfo").read_text(), re.M)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


@cache
def _apple_chip() -> str:
    command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, timeout=5, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "Apple GPU"
