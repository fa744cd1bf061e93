"""What a person asks to run on, and which devices that means here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from jupyter_sw.devices.environment import is_slice
from jupyter_sw.devices.labels import GIB
from jupyter_sw.errors import BadRequest, NotFound
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices

_HOW = "Write auto, cpu, gpu, gpu:2, cuda:0 or a type with a count, A100 80G*1."
_COUNT = re.compile(r"\s*\*\s*(\d+)$")
_GPUS = re.compile(r"gpus?(?::(\d+))?", re.IGNORECASE)
_DEVICE = re.compile(r"(?:cuda|rocm):\d+(?::\d+)?|mps", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)gi?b?", re.IGNORECASE)
_LOOSE_SIZE = re.compile(r"(?<=\d)\s+(?=gi?b?\b)", re.IGNORECASE)
# The driver's number lies a little under the size a card is sold with (a 16G T4 shows 15.0 GiB).
_TOLERANCE = 0.08
_MOST = 64


class Choice(Enum):
    """In which way a resource was named."""

    AUTO = "auto"
    CPU = "cpu"
    GPU = "gpu"
    DEVICE = "device"
    TYPE = "type"


@dataclass(frozen=True)
class ResourceRequest:
    """A resource as asked for.

    Attributes
    ----------
    text
        As the person wrote it.
    choice
        In which way it names devices.
    count
        How many devices the job is to get.
    model
        For a type: its name without size and count, as written.
    size
        For a type: GiB of memory, if given.
    """

    text: str
    choice: Choice
    count: int = 1
    model: str = ""
    size: float | None = None

    def candidates(self, devices: Devices) -> list[Device]:
        """Return the devices of this machine that would do, GPUs before the CPU.

        There are at least `count`; which of them have room is for the caller to see.

        Raises
        ------
        NotFound
            When this machine has none such, or too few; the hint lists what it has.
        """
        found = [device for device in devices.devices if self._fits(device)]
        if self.count > 1:
            found = [device for device in found if not is_slice(device)]
        if len(found) < self.count:
            raise NotFound(self._missing(found, devices), hint=_inventory(devices.devices))
        return sorted(found, key=lambda device: device.kind is DeviceKind.CPU)

    def _fits(self, device: Device) -> bool:
        is_cpu = device.kind is DeviceKind.CPU
        if self.choice is Choice.AUTO:
            return True
        if self.choice is Choice.CPU:
            return is_cpu
        if self.choice is Choice.DEVICE:
            return device.id == self.text.lower()
        return not is_cpu and (self.choice is Choice.GPU or self._is_type_of(device))

    def _is_type_of(self, device: Device) -> bool:
        asked, label = _words(self.model), _words(device.label)
        if is_slice(device) and "mig" not in asked:
            return False  # a slice of an A100 is not what `A100` asks for
        known = {*label, *_words(device.name), device.kind.value}
        named = known.issuperset(asked) or "".join(asked) == "".join(
            word for word in label if _gib(word) is None
        )
        return named and (self.size is None or _is_size(self.size, device))

    def _missing(self, found: list[Device], devices: Devices) -> str:
        if found:
            return f"{self.text} asks for {self.count} devices; this machine has {len(found)} such."
        has_gpu = any(device.kind is not DeviceKind.CPU for device in devices.devices)
        why = devices.note if devices.note and not has_gpu else ""
        return f"This machine has no {self.text}. {why}".rstrip()


def parse_resource(text: str) -> ResourceRequest:
    """Understand a resource as people write it, in upper or lower case.

    ``auto``, ``cpu``, ``gpu`` (any one GPU), ``gpu:2``, ``cuda:0`` (this very device), or a type
    with or without memory and count: ``A100 80G*1``, ``a10*1``, ``RTX 4090``.

    Raises
    ------
    BadRequest
        When it cannot be understood, or counts no devices or more than 64.
    """
    clean = " ".join(text.split())
    lower = clean.lower()
    if lower in {"auto", "cpu"}:
        return ResourceRequest(lower, Choice(lower))
    if _DEVICE.fullmatch(lower):
        return ResourceRequest(lower, Choice.DEVICE)
    starred = _COUNT.search(clean)
    name = clean[: starred.start()] if starred else clean
    count = int(starred[1]) if starred else 1
    gpus = _GPUS.fullmatch(name)
    if gpus and not (starred and gpus[1]):
        return ResourceRequest(clean, Choice.GPU, _checked(int(gpus[1] or count), clean))
    words = _LOOSE_SIZE.sub("", name).split()
    sizes = [size for word in words if (size := _gib(word)) is not None]
    model = " ".join(word for word in words if _gib(word) is None)
    if not re.search(r"\w", name) or re.search(r"[^\w\s.\-/()]", name) or len(sizes) > 1:
        raise BadRequest(f"{text!r} is not a resource.", hint=_HOW)
    size = sizes[0] if sizes else None
    return ResourceRequest(clean, Choice.TYPE, _checked(count, clean), model, size)


def _checked(count: int, text: str) -> int:
    if not 1 <= count <= _MOST:
        raise BadRequest(f"{text!r} asks for {count} devices; 1 to {_MOST} is possible.", hint=_HOW)
    return count


def _is_size(asked: float, device: Device) -> bool:
    if asked in {_gib(word) for word in _words(device.label)}:
        return True
    return abs(device.total / GIB - asked) <= _TOLERANCE * asked


def _gib(word: str) -> float | None:
    """Return the number in ``80G``, ``80GB`` or ``80GiB``; None for any other word."""
    size = _SIZE.fullmatch(word)
    return float(size[1]) if size else None


def _words(name: str) -> list[str]:
    return [word for word in re.split(r"[\s\-_/()]+", name.lower()) if word]


def _inventory(devices: list[Device]) -> str:
    by_label: dict[str, list[str]] = {}
    for device in devices:
        by_label.setdefault(device.label, []).append(device.id)
    parts = [
        f"{label}*{len(ids)} ({', '.join(ids)})" if label != "CPU" else "cpu"
        for label, ids in by_label.items()
    ]
    return f"It has {', '.join(parts)}."
