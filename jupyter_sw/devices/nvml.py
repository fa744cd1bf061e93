"""NVIDIA GPUs, by the driver's own library (NVML); every call may fail, and none may raise here."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Protocol, TypeVar, cast

from jupyter_sw.devices.environment import visible
from jupyter_sw.devices.host import Memory, physical_memory
from jupyter_sw.devices.labels import gpu_label
from jupyter_sw.schemas.devices import Device, DeviceKind

T = TypeVar("T")

# Why NVML does not start, by its error number, for people.
_REASONS = {
    4: "The NVIDIA driver refuses this user: the account needs access to /dev/nvidia*.",
    9: "The NVIDIA driver is installed but not loaded.",
    12: "No NVIDIA driver was found (a container must be started with its GPUs).",
    18: "The NVIDIA driver was updated while it was loaded: restart the machine.",
}
_NOT_SUPPORTED = 3


class Nvml(Protocol):
    """The part of `pynvml` that is used here; handles are opaque."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...
    def nvmlShutdown(self) -> None: ...
    def nvmlDeviceGetCount(self) -> int: ...
    def nvmlDeviceGetHandleByIndex(self, index: int, /) -> Any: ...
    def nvmlDeviceGetName(self, handle: Any, /) -> str | bytes: ...
    def nvmlDeviceGetUUID(self, handle: Any, /) -> str | bytes: ...
    def nvmlDeviceGetMemoryInfo(self, handle: Any, /) -> Any: ...
    def nvmlDeviceGetCudaComputeCapability(self, handle: Any, /) -> tuple[int, int]: ...
    def nvmlDeviceGetUtilizationRates(self, handle: Any, /) -> Any: ...
    def nvmlDeviceGetMigMode(self, handle: Any, /) -> list[int]: ...
    def nvmlDeviceGetMaxMigDeviceCount(self, handle: Any, /) -> int: ...
    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: Any, index: int, /) -> Any: ...


class NvidiaGpus:
    """The NVIDIA GPUs this process may see.

    The library is started at the first reading and tried again at every reading until it
    starts, so a driver that is loaded later is found without a restart of the server.

    Parameters
    ----------
    library
        Stands in for `pynvml`, which is imported otherwise.
    environ
        Where ``CUDA_VISIBLE_DEVICES`` is looked up.
    host_memory
        Memory of the machine, which is also the GPU's where both share it.
    """

    def __init__(
        self,
        library: Nvml | None = None,
        environ: Mapping[str, str] = os.environ,
        host_memory: Callable[[], Memory] = physical_memory,
    ) -> None:
        self._library = library
        self._environ = environ
        self._host_memory = host_memory
        self._started = False

    def read(self) -> tuple[list[Device], str]:
        """Return the GPUs, and why some or all are missing ("" when none is)."""
        nvml = self._load()
        if nvml is None:
            return [], "The package nvidia-ml-py, which finds NVIDIA GPUs, is not installed."
        try:
            if not self._started:
                nvml.nvmlInit()
                self._started = True
            count = nvml.nvmlDeviceGetCount()
        except nvml.NVMLError as error:
            self.close()
            return [], _REASONS.get(_code(error), f"The NVIDIA driver does not answer: {error}.")
        devices: list[Device] = []
        problems = [] if count else ["The NVIDIA driver is loaded and finds no GPU."]
        for index in range(count):
            try:
                found = list(self._devices(nvml, index))
            except nvml.NVMLError as error:
                problems.append(f"NVIDIA GPU {index} does not answer: {error}.")
                continue
            devices += found
            if not found:
                problems.append(f"NVIDIA GPU {index} is in MIG mode and has no slices.")
        if not devices:
            self.close()  # a driver that was reloaded answers only to those who start it again
        value = self._environ.get("CUDA_VISIBLE_DEVICES")
        chosen = visible(((d.index or 0, d) for d in devices), value)
        if devices and not chosen:
            problems.append(f"The server's CUDA_VISIBLE_DEVICES={value!r} hides all NVIDIA GPUs.")
        return chosen, " ".join(problems)

    def close(self) -> None:
        """Let go of the driver; the next reading starts it again."""
        if self._started and self._library is not None:
            with suppress(self._library.NVMLError):
                self._library.nvmlShutdown()
        self._started = False

    def _load(self) -> Nvml | None:
        if self._library is None:
            with suppress(ImportError):
                self._library = cast("Nvml", importlib.import_module("pynvml"))
        return self._library

    def _devices(self, nvml: Nvml, index: int) -> Iterator[Device]:
        """Give GPU `index`, or its slices where it is cut into some."""
        gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        name = _text(nvml.nvmlDeviceGetName(gpu))
        capability = _ask(nvml, nvml.nvmlDeviceGetCudaComputeCapability, gpu)
        mode = _ask(nvml, nvml.nvmlDeviceGetMigMode, gpu)
        if not mode or not mode[0]:
            yield self._device(nvml, gpu, index, name=name, capability=capability)
            return
        for number in range(_ask(nvml, nvml.nvmlDeviceGetMaxMigDeviceCount, gpu) or 0):
            part = _ask(nvml, nvml.nvmlDeviceGetMigDeviceHandleByIndex, gpu, number)
            if part is None:
                continue
            # Some drivers name a slice like its GPU.
            full = _text(_ask(nvml, nvml.nvmlDeviceGetName, part) or name)
            full = full if "MIG" in full else f"{full} MIG {number}"
            found = self._device(nvml, part, index, name=full, capability=capability)
            yield found.model_copy(update={"id": f"cuda:{index}:{number}"})

    def _device(
        self, nvml: Nvml, handle: Any, index: int, *, name: str, capability: tuple[int, int] | None
    ) -> Device:
        try:
            memory: Any = nvml.nvmlDeviceGetMemoryInfo(handle)
        except nvml.NVMLError as error:
            if _code(error) != _NOT_SUPPORTED:
                raise
            memory = self._host_memory()  # a GPU without memory of its own (GB10, Jetson)
        rates = _ask(nvml, nvml.nvmlDeviceGetUtilizationRates, handle)
        return Device(
            id=f"cuda:{index}",
            kind=DeviceKind.CUDA,
            name=name,
            label=gpu_label(name, memory.total),
            total=memory.total,
            free=memory.free,
            index=index,
            uuid=_text(nvml.nvmlDeviceGetUUID(handle)),
            capability=capability,
            utilization=rates.gpu / 100 if rates else None,
        )


def _ask(nvml: Nvml, call: Callable[..., T], *arguments: Any) -> T | None:
    """Return what `call` says, or None where this driver or device does not say it."""
    try:
        return call(*arguments)
    except nvml.NVMLError:
        return None


def _code(error: Exception) -> int:
    return int(getattr(error, "value", -1))


def _text(value: str | bytes) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
