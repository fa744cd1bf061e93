"""One reading of everything there is to run on."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from jupyter_sw.devices import host
from jupyter_sw.devices.nvml import NvidiaGpus, Nvml
from jupyter_sw.devices.rocm import amd_gpus
from jupyter_sw.devices.simulated import simulated_gpus
from jupyter_sw.schemas.devices import Devices


class DeviceMonitor:
    """Reads the devices of this machine; may be called from any thread, and blocks for a moment.

    Parameters
    ----------
    simulated
        GPUs to pretend, such as ``A100 80G*2,A10 24G*1``.
    nvml
        Stands in for the NVIDIA library.
    root
        Folder under which ``proc`` and ``sys`` lie.
    environ
        Where the ``*_VISIBLE_DEVICES`` variables are looked up.

    Raises
    ------
    BadRequest
        When `simulated` cannot be understood.
    """

    def __init__(
        self,
        simulated: str = "",
        *,
        nvml: Nvml | None = None,
        root: Path = Path("/"),
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        simulated_gpus(simulated)  # says now, not at the first reading, what is wrong with it
        self._simulated = simulated
        self._root = root
        self._environ = environ
        self._nvidia = NvidiaGpus(nvml, environ)
        self._lock = threading.Lock()

    def read(self) -> Devices:
        """Return all devices as they are now, GPUs first; `note` says why GPUs are missing."""
        with self._lock:
            nvidia, nvidia_note = self._nvidia.read()
        amd, amd_note = amd_gpus(self._root, self._environ)
        apple = host.apple_gpu()
        first = 1 + max((gpu.index or 0 for gpu in nvidia), default=-1)
        pretended = simulated_gpus(self._simulated, first)
        gpus = [*nvidia, *amd, *([apple] if apple else []), *pretended]
        # With GPUs of one kind there, it is no news that another kind's driver is missing.
        notes = [amd_note, nvidia_note if nvidia or not gpus else ""]
        return Devices(
            devices=[*gpus, host.cpu(self._root)], note=" ".join(note for note in notes if note)
        )

    def close(self) -> None:
        """Let go of the drivers."""
        with self._lock:
            self._nvidia.close()
