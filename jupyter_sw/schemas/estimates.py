"""What would become of a job, before anybody submits it."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.devices import DeviceKind
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Handler, MemoryNeed, Quantize


class Fit(str, Enum):
    """Whether a job gets its memory."""

    NOW = "now"
    LATER = "later"
    NEVER = "never"


class DeviceFit(Wire):
    """Whether one device would do, all by itself."""

    device: str
    kind: DeviceKind
    label: str
    total: int = Field(description="Bytes.")
    free: int = Field(description="Bytes a new job could be granted.")
    simulated: bool = False
    fit: Fit
    chosen: bool = Field(description="It is the one, or one of those, that the job would get now.")


class PrecisionFit(Wire):
    """What another precision would take."""

    dtype: str
    quantize: Quantize | None = None
    need: int = Field(description="Bytes.")
    fit: Fit
    devices: list[str] = Field(default_factory=list, description="Where it would be put now.")


class JobEstimate(Wire):
    """What would become of a job: who computes, what it takes, where it fits, when it ends."""

    model: str = Field(description="`owner/project/name`.")
    name: str
    version: str | None = Field(default=None, description="Null while it is not known.")
    handler: Handler
    engine: Engine = Field(description="Who would compute; never `auto`.")
    context: int | None = Field(default=None, description="Tokens; null while it is not known.")
    download: int | None = Field(
        default=None, description="Bytes to download; 0 when all is here, null when not known."
    )
    need: int = Field(description="Bytes of memory on all its devices together.")
    parts: MemoryNeed | None = Field(default=None, description="Of what `need` is the sum.")
    exact: bool = Field(description="Read from the weights, not estimated; else it may need more.")
    measured: bool = Field(default=False, description="Corrected by what such a job held before.")
    fit: Fit
    message: str = Field(default="", description="Why it does not fit now, for people.")
    hint: str = ""
    devices: list[DeviceFit] = Field(description="Every device of this machine.")
    precisions: list[PrecisionFit] = Field(
        default_factory=list, description="The precisions the engine can load it in, if any."
    )
    release_after: float | None = Field(default=None, description="Seconds; null is never.")
    release_idle: float | None = Field(default=None, description="Seconds; null is never.")
    command: str = Field(description="The line that runs it from a notebook cell.")
