"""Whether a model can be loaded in the way that a request asks for: quantized, with an adapter."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.weights import read_weights
from jupyter_sw.schemas.jobs import Engine, JobKind, JobRequest
from jupyter_sw.schemas.models import WeightsFormat


def settled_engine(request: JobRequest) -> Engine:
    """Return the engine that is asked for: transformers where nothing else can do what is asked.

    Raises
    ------
    BadRequest
        When another one is named, or what it takes is not installed.
    """
    asked = [option for option in _NEEDS if getattr(request, option)]
    if request.offload and len(asked) > 1:
        raise BadRequest(
            f"--offload is not offered together with --{asked[0]}.", hint="Leave one of them out."
        )
    if not asked and request.kind is JobKind.SERVED:
        return request.engine
    if request.engine not in (Engine.AUTO, Engine.TRANSFORMERS):
        if request.kind is JobKind.KERNEL:
            raise BadRequest(
                f"A kernel loads models with transformers, not with {request.engine.value}."
            )
        raise BadRequest(
            f"--{asked[0]} is not offered with the engine {request.engine.value}.",
            hint="Leave --engine out, or use --engine transformers.",
        )
    for option in asked:
        library, extra = _NEEDS[option]
        if find_spec(library) is None:
            raise BadRequest(
                f"--{option} needs {library}, which is not installed where the server runs.",
                hint=f"Install it with: pip install 'jupyter_sw[{extra}]'",
            )
    return Engine.TRANSFORMERS


def check_weights(request: JobRequest, fetch: FetchPlan) -> None:
    """Let weights pass that can be loaded that way, as far as they are known by now.

    Raises
    ------
    BadRequest
        When they can't.
    """
    files = fetch.files
    if request.quantize is None or files is None or files.format is not WeightsFormat.SAFETENSORS:
        return
    if read_weights(Path(files.path)).packed_bytes:
        raise BadRequest(
            f"{files.name} is quantized already.", hint="Run it without --quantize: as it comes."
        )


_NEEDS = {
    "quantize": ("bitsandbytes", "quantize"),
    "adapter": ("peft", "adapter"),
    "offload": ("accelerate", ""),  # always there
}
"""What an option of a request takes: a library, and the extra of this package that has it."""
