"""GPUs that exist by configuration only, to try the interface and the queue without any."""

from __future__ import annotations

from jupyter_sw.devices.labels import GIB
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.devices import Device, DeviceKind


def simulated_gpus(text: str, first: int = 0) -> list[Device]:
    """Return the GPUs that ``A100 80G*2,A10 24G*1`` describes, all their memory free.

    Parameters
    ----------
    text
        Types with a size and a count each, separated by commas; "" for none.
    first
        Number of the first of them.

    Raises
    ------
    BadRequest
        When a part is not a type with a size.
    """
    labels: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        wanted = parse_resource(part)
        if not wanted.model or wanted.size is None:
            raise BadRequest(
                f"{part!r} does not describe a simulated GPU.", hint="Write A100 80G*2,A10 24G*1."
            )
        labels += [f"{wanted.model} {wanted.size:g}G"] * wanted.count
    return [_device(label, number) for number, label in enumerate(labels, start=first)]


def _device(label: str, number: int) -> Device:
    total = int(float(label.rsplit(" ", 1)[1].removesuffix("G")) * GIB)
    return Device(
        id=f"cuda:{number}",
        kind=DeviceKind.CUDA,
        name=f"Simulated {label}",
        label=label,
        total=total,
        free=total,
        simulated=True,
        index=number,
    )
