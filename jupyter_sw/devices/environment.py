"""The variables by which a process is shown some GPUs and not others: read and written here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.devices import Device, DeviceKind

# An empty CUDA_VISIBLE_DEVICES hides every GPU; to HIP an empty value means "not set".
_HIDE_ALL = {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"}


def worker_environment(devices: Sequence[Device]) -> dict[str, str]:
    """Return the variables that make a worker see `devices` and no other GPU.

    They replace what the server itself has of these variables. GPUs are named by their uuid,
    because CUDA's numbers are not the driver's unless told so.

    Raises
    ------
    BadRequest
        When no single process can use these devices together.
    """
    gpus = [d for d in devices if d.kind is not DeviceKind.CPU and not d.simulated]
    kinds = {gpu.kind for gpu in gpus}
    if len(kinds) > 1:
        mixed = " and ".join(sorted(kind.value for kind in kinds))
        raise BadRequest(f"One job cannot run on {mixed} devices together.")
    if len(gpus) > 1 and any(is_slice(gpu) for gpu in gpus):
        raise BadRequest(
            "One process can use only one MIG slice, and not together with whole GPUs.",
            hint="Ask for one slice, or for whole GPUs.",
        )
    names = ",".join(gpu.uuid or str(gpu.index) for gpu in gpus)
    if DeviceKind.CUDA in kinds:
        return {**_HIDE_ALL, "CUDA_VISIBLE_DEVICES": names, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    if DeviceKind.ROCM in kinds:
        # ROCR hides first; HIP (and CUDA_VISIBLE_DEVICES, its alias) then counts what is left.
        left = ",".join(str(number) for number in range(len(gpus)))
        return {
            "ROCR_VISIBLE_DEVICES": names,
            "HIP_VISIBLE_DEVICES": left,
            "CUDA_VISIBLE_DEVICES": left,
        }
    return dict(_HIDE_ALL)


def visible(numbered: Iterable[tuple[int, Device]], value: str | None) -> list[Device]:
    """Return the devices that a ``*_VISIBLE_DEVICES`` value lets through, in its order.

    Follows CUDA's rule: entries are numbers or beginnings of a uuid, and the first one that
    names no device ends the list. None lets everything through.
    """
    pairs = list(numbered)
    if value is None:
        return [device for _, device in pairs]
    chosen: list[Device] = []
    for entry in (part.strip() for part in value.split(",")):
        named = [device for number, device in pairs if _is_named(entry, number, device)]
        if not named:
            break
        chosen += [device for device in named if device not in chosen]
    return chosen


def is_slice(device: Device) -> bool:
    """Tell whether a device is a MIG slice of an NVIDIA GPU."""
    return (device.uuid or "").startswith("MIG-")


def _is_named(entry: str, number: int, device: Device) -> bool:
    if entry.isdigit():
        return int(entry) == number
    return bool(entry) and (device.uuid or "").lower().startswith(entry.lower())
