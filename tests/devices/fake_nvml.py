"""A stand-in for `pynvml`: pynvml's own structs and errors over GPUs that a test describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pynvml

MIB = 1024**2


@dataclass
class FakeGpu:
    """One GPU, or one MIG slice of it; `fails` maps a function to the error number it gives."""

    name: str | bytes
    total: int
    used: int = 0
    uuid: str | bytes = "GPU-00000000-0000-0000-0000-000000000000"
    capability: tuple[int, int] = (8, 0)
    busy: int = 0
    mig: bool | None = None
    slices: list[FakeGpu | None] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)


class FakeNvml:
    """Answers as the driver would; refuses everything before `nvmlInit`, as the driver does."""

    NVMLError: type[Exception] = pynvml.NVMLError

    def __init__(self, *gpus: FakeGpu, init_error: int | None = None) -> None:
        self.gpus = list(gpus)
        self.init_error = init_error
        self.running = False

    def nvmlInit(self) -> None:
        if self.init_error is not None:
            raise pynvml.NVMLError(self.init_error)
        self.running = True

    def nvmlShutdown(self) -> None:
        self._check()
        self.running = False

    def nvmlDeviceGetCount(self) -> int:
        self._check()
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:
        return self._answer("handle", self.gpus[index])

    def nvmlDeviceGetName(self, gpu: FakeGpu) -> str | bytes:
        return self._answer("name", gpu).name

    def nvmlDeviceGetUUID(self, gpu: FakeGpu) -> str | bytes:
        return self._answer("uuid", gpu).uuid

    def nvmlDeviceGetMemoryInfo(self, gpu: FakeGpu) -> Any:
        self._answer("memory", gpu)
        return pynvml.c_nvmlMemory_t(total=gpu.total, free=gpu.total - gpu.used, used=gpu.used)

    def nvmlDeviceGetCudaComputeCapability(self, gpu: FakeGpu) -> tuple[int, int]:
        return self._answer("capability", gpu).capability

    def nvmlDeviceGetUtilizationRates(self, gpu: FakeGpu) -> Any:
        self._answer("utilization", gpu)
        return pynvml.c_nvmlUtilization_t(gpu=gpu.busy, memory=0)

    def nvmlDeviceGetMigMode(self, gpu: FakeGpu) -> list[int]:
        if self._answer("mig", gpu).mig is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return [int(gpu.mig or False)] * 2

    def nvmlDeviceGetMaxMigDeviceCount(self, gpu: FakeGpu) -> int:
        return len(self._answer("slices", gpu).slices)

    def nvmlDeviceGetMigDeviceHandleByIndex(self, gpu: FakeGpu, index: int) -> FakeGpu:
        part = gpu.slices[index]
        if part is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return self._answer("handle", part)

    def _check(self) -> None:
        if not self.running:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_UNINITIALIZED)

    def _answer(self, call: str, gpu: FakeGpu) -> FakeGpu:
        self._check()
        if call in gpu.fails:
            raise pynvml.NVMLError(gpu.fails[call])
        return gpu


def a100(number: int, **changes: Any) -> FakeGpu:
    """Return an A100 80G as nvidia-smi shows one."""
    uuid = f"GPU-a100000{number}-0000-0000-0000-000000000000"
    given = {"name": "NVIDIA A100-SXM4-80GB", "total": 81920 * MIB, "used": 487 * MIB, "uuid": uuid}
    return FakeGpu(**{**given, **changes})


def a10(**changes: Any) -> FakeGpu:
    """Return an A10 as nvidia-smi shows one."""
    uuid = "GPU-a1000000-1111-0000-0000-000000000000"
    return FakeGpu(**{"name": "NVIDIA A10", "total": 23028 * MIB, "uuid": uuid, **changes})
