"""Which of the GPUs that this process sees are those it was granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.worker import WorkerSpec
from jupyter_sw.worker.engines.hf.device import (
    check_quantize,
    choose_attention,
    choose_dtype,
    cpu_flags,
    map_options,
)

# For AMD, the first one names the GPUs; the other counts what the first has left.
_VARIABLES = ("ROCR_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES")


@dataclass(frozen=True)
class Spot:
    """Where a model goes: `from_pretrained`'s options, its precision and its attention."""

    options: dict[str, Any]
    dtype: str
    attention: str


def spot(torch: Any, spec: WorkerSpec) -> Spot:
    """Return where the model goes in a process that may see more than was granted.

    Nothing is hidden from a kernel: its other code may use other GPUs.

    Raises
    ------
    EngineError
        When torch does not see a GPU that was granted, or it cannot quantize.
    """
    granted = [part for part in spec.grant if part.device != "cpu" and not part.simulated]
    if not granted:
        dtype = choose_dtype(spec.dtype, "cpu", cpu_flags=cpu_flags(), quantize=spec.quantize)
        return Spot(map_options("cpu", {}, {}), dtype, "sdpa")
    if granted[0].device == "mps":
        check_quantize(spec.quantize, "mps")
        return Spot(map_options("mps", {}, {}), choose_dtype(spec.dtype, "mps"), "sdpa")
    named = next((spec.environment[name] for name in _VARIABLES if spec.environment.get(name)), "")
    numbers = [_number(torch, name) for name in named.split(",") if name]
    if len(numbers) != len(granted):
        raise EngineError(
            f"torch {torch.__version__} does not see all of the GPUs that were granted "
            f"({', '.join(part.device for part in granted)}).",
            hint="Is CUDA_VISIBLE_DEVICES set in this kernel, or torch built for another driver?",
        )
    capability = min(torch.cuda.get_device_capability(number) for number in numbers)
    named_by = {number: part.device for number, part in zip(numbers, granted, strict=True)}
    return Spot(
        map_options("cuda", named_by, spec.weights_most),
        choose_dtype(spec.dtype, "cuda", capability=capability, quantize=spec.quantize),
        choose_attention("cuda", capability, flash=False),
    )


def _number(torch: Any, name: str) -> int:
    """Return torch's number of the GPU with a uuid; a plain number is one already.

    Raises
    ------
    EngineError
        When torch sees none.
    """
    if name.isdigit():
        return int(name)
    wanted = name.removeprefix("GPU-").lower()
    for number in range(torch.cuda.device_count()):
        if str(torch.cuda.get_device_properties(number).uuid).lower() == wanted:
            return number
    raise EngineError(
        f"torch {torch.__version__} does not see the GPU {name}, which was granted.",
        hint="Is CUDA_VISIBLE_DEVICES set in this kernel, or torch built for another driver?",
    )
