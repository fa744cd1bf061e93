"""Whether a model can be loaded in the way that a request asks for: quantized, with an adapter."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.weights import read_weights
from jupyter_sw.schemas.jobs import Engine, JobRequest
from jupyter_sw.schemas.models import WeightsFormat


def loading_request(request: JobRequest) -> JobRequest:
    """Return the request with its engine settled where only transformers loads that way.

    Raises
    ------
    BadRequest
        When it names an engine that can't, or what it takes is not installed.
    """
    asked = [option for option in _NEEDS if getattr(request, option)]
    if not asked:
        return request
    if request.engine not in (Engine.AUTO, Engine.TRANSFORMERS):
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
    return request.model_copy(update={"engine": Engine.TRANSFORMERS})


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


_NEEDS = {"quantize": ("bitsandbytes", "quantize"), "adapter": ("peft", "adapter")}
"""What an option of a request takes: a library, and the extra of this package that has it."""
