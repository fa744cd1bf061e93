"""AMD GPUs, from what the amdgpu driver writes under ``/sys``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from jupyter_sw.devices.environment import visible
from jupyter_sw.devices.labels import gpu_label
from jupyter_sw.schemas.devices import Device, DeviceKind

_VENDOR = "0x1002"


def amd_gpus(
    root: Path = Path("/"), environ: Mapping[str, str] = os.environ
) -> tuple[list[Device], str]:
    """Return the AMD GPUs this process may see, and why all are missing ("" when none is).

    A GPU's number is its place among the AMD cards, which is how ROCm counts.
    """
    cards = sorted(
        (path for path in root.glob("sys/class/drm/card*") if re.fullmatch(r"card\d+", path.name)),
        key=lambda path: int(path.name[4:]),
    )
    amd = [card / "device" for card in cards if _read(card / "device/vendor") == _VENDOR]
    devices = [device for index, path in enumerate(amd) if (device := _device(path, index))]
    if not devices:
        return [], ""
    chosen = visible(((d.index or 0, d) for d in devices), environ.get("ROCR_VISIBLE_DEVICES"))
    value = environ.get("HIP_VISIBLE_DEVICES") or environ.get("CUDA_VISIBLE_DEVICES") or None
    chosen = visible(enumerate(chosen), value)
    hidden = "The server's ROCR_, HIP_ or CUDA_VISIBLE_DEVICES hides all AMD GPUs."
    return chosen, "" if chosen else hidden


def _device(path: Path, index: int) -> Device | None:
    total, used = (_read(path / f"mem_info_vram_{what}") for what in ("total", "used"))
    if not total.isdigit() or not used.isdigit():
        return None
    product = _read(path / "product_name")
    name = product or f"AMD GPU {_read(path / 'device').removeprefix('0x')}".strip()
    busy, serial = _read(path / "gpu_busy_percent"), _read(path / "unique_id")
    return Device(
        id=f"rocm:{index}",
        kind=DeviceKind.ROCM,
        name=name,
        label=gpu_label(product or "AMD GPU", int(total)),
        total=int(total),
        free=max(0, int(total) - int(used)),
        index=index,
        uuid=f"GPU-{serial.removeprefix('0x')}" if serial else None,
        utilization=int(busy) / 100 if busy.isdigit() else None,
    )


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
