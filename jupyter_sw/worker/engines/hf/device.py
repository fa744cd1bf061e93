"""On what, in which precision and with which attention a model runs."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.jobs import Grant
from jupyter_sw.schemas.models import Quantize

BF16_FLAGS = {"avx512_bf16", "amx_bf16"}
"""Instruction sets of x86 CPUs that compute in bfloat16."""
_NO_FLAGS: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Placement:
    """Where the model goes."""

    kind: str
    """``cuda`` (NVIDIA and AMD alike), ``mps`` or ``cpu``."""
    count: int
    dtype: str
    attention: str
    options: dict[str, Any]
    """Of `from_pretrained`: on which device what goes."""

    @property
    def spread(self) -> bool:
        """Tell whether the weights lie on more than one device."""
        return "max_memory" in self.options


def place(
    torch: Any,
    grant: list[Grant],
    dtype: str,
    quantize: Quantize | None = None,
    most: Mapping[str, int] | None = None,
) -> Placement:
    """Decide for the devices that were granted.

    Parameters
    ----------
    most
        Bytes of weights each device may take, by its name; nothing where all go to one.

    The environment hides every device that was not granted, so a GPU's number starts at 0 here.

    Raises
    ------
    EngineError
        When a GPU was granted and torch sees none, or none that can quantize.
    """
    # What was granted of a simulated GPU is loaded on the CPU.
    granted = [part.device for part in grant if part.device != "cpu" and not part.simulated]
    if not granted:
        kind, count, capability = "cpu", 1, None
    elif granted == ["mps"]:
        if not torch.backends.mps.is_available():
            raise EngineError("torch cannot use this machine's GPU (MPS).")
        check_quantize(quantize, "mps")
        kind, count, capability = "mps", 1, None
    else:
        kind, count = "cuda", torch.cuda.device_count()
        if count == 0:
            raise EngineError(
                f"torch {torch.__version__} sees no GPU, though {', '.join(granted)} was granted.",
                hint="Install a torch build for this machine's GPU driver.",
            )
        capability = min(torch.cuda.get_device_capability(index) for index in range(count))
    return Placement(
        kind,
        count,
        choose_dtype(dtype, kind, capability=capability, cpu_flags=cpu_flags(), quantize=quantize),
        # Flash attention reads the cache where it lies: on the first device.
        choose_attention(kind, capability, flash=not most and _flash_importable()),
        map_options(kind, dict(enumerate(granted)), most or {}),
    )


def map_options(kind: str, numbers: Mapping[int, str], most: Mapping[str, int]) -> dict[str, Any]:
    """Return `from_pretrained`'s options for weights on these devices.

    Parameters
    ----------
    numbers
        The granted GPUs' names by the numbers that torch has for them.
    most
        See `place`. With nothing, all weights go to the first one.
    """
    if kind == "cpu":
        return {"device_map": None}
    if kind == "mps":
        return {"device_map": {"": "mps"}}
    if not most:
        return {"device_map": {"": f"cuda:{next(iter(numbers))}"}}
    memory: dict[int | str, int] = {number: most[name] for number, name in numbers.items()}
    # The CPU has no part unless it was granted one: nothing is offloaded in silence.
    return {"device_map": "balanced", "max_memory": memory | {"cpu": most.get("cpu", 0)}}


def choose_dtype(
    asked: str,
    kind: str,
    *,
    capability: tuple[int, int] | None = None,
    cpu_flags: frozenset[str] = _NO_FLAGS,
    quantize: Quantize | None = None,
) -> str:
    """Return the precision: what was asked for, or for ``auto`` what the device is fast at.

    GPUs before compute capability 8.0 emulate bfloat16. So do CPUs without instructions for it,
    some hundred times slower than float32. Apple's GPUs take float16 everywhere and bfloat16 on
    the newer ones only. The 8-bit kernels of bitsandbytes take float16 and convert all else.
    """
    if asked != "auto":
        return asked
    if kind == "cuda" and quantize is Quantize.EIGHT:
        return "float16"
    if kind == "cuda":
        return "bfloat16" if capability is None or capability >= (8, 0) else "float16"
    if kind == "mps":
        return "float16"
    return "bfloat16" if cpu_flags & BF16_FLAGS else "float32"


def check_quantize(quantize: Quantize | None, kind: str) -> None:
    """Refuse what bitsandbytes does not do.

    Raises
    ------
    EngineError
        On Apple's GPUs.
    """
    if quantize is not None and kind == "mps":
        raise EngineError(
            "Quantizing while loading is not offered on Apple's GPUs.",
            hint="Leave --quantize out, or run a quantized GGUF with the engine llamacpp.",
        )


def choose_attention(kind: str, capability: tuple[int, int] | None, *, flash: bool) -> str:
    """Return transformers' name of the attention: flash where it is installed and can run."""
    if kind == "cuda" and flash and capability is not None and capability >= (8, 0):
        return "flash_attention_2"
    return "sdpa"


def cpu_flags() -> frozenset[str]:
    """Return the instruction sets of this CPU, as Linux names them; empty where it is not told."""
    if platform.system() != "Linux":
        return frozenset()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return frozenset(flags.partition(":")[2].split())


def _flash_importable() -> bool:
    return importlib.util.find_spec("flash_attn") is not None
