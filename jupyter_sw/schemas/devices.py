"""What there is to run on."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from jupyter_sw.schemas.base import Wire


class DeviceKind(str, Enum):
    """The family of a device, which decides how a worker is pointed at it."""

    CUDA = "cuda"
    ROCM = "rocm"
    MPS = "mps"
    CPU = "cpu"


class Holder(Wire):
    """Who holds memory on a device."""

    job: str | None = Field(description="Job id; null for programs that are not ours.")
    name: str = Field(description="The job's name, or `others`.")
    bytes: int
    until: str = Field(default="", description="When it comes back: `is released in 12 min`.")


class Device(Wire):
    """One device with its memory at a moment."""

    id: str = Field(description="`cpu`, `cuda:0`, `mps`.")
    kind: DeviceKind
    name: str = Field(description="As the driver names it.")
    label: str = Field(description="As people read it: `A100 80G`, `CPU`.")
    total: int = Field(description="Bytes the device has.")
    free: int = Field(description="Bytes a new job could be granted: min(driver, total - grants).")
    holders: list[Holder] = Field(default_factory=list)
    simulated: bool = Field(default=False, description="True when it exists by configuration only.")
    index: int | None = Field(default=None, description="The driver's index of a GPU.")
    uuid: str | None = Field(
        default=None, description="The driver's name that survives renumbering."
    )
    capability: tuple[int, int] | None = Field(default=None, description="CUDA compute capability.")
    utilization: float | None = Field(default=None, description="Share of time busy, 0 to 1.")


class Devices(Wire):
    """All devices of this machine."""

    devices: list[Device]
    note: str = Field(default="", description="Why GPUs may be missing, e.g. the driver's error.")
