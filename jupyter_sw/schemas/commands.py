"""A request as the line that a person would type."""

from __future__ import annotations

import shlex

from jupyter_sw.schemas.jobs import JobKind, JobRequest
from jupyter_sw.schemas.quantities import write_bytes, write_duration

_OPTIONS = (
    "version",
    "handler",
    "resource",
    "runtime",
    "engine",
    "dtype",
    "quantize",
    "adapter",
    "context",
    "project",
    "name",
    "comment",
)


def run_command(request: JobRequest) -> str:
    """Return the line of a cell that asks for the same job; what is a default is left out."""
    verb = "load" if request.kind is JobKind.KERNEL else "run"
    words = ["%sw", verb, request.model]
    for option in _OPTIONS:
        value = getattr(request, option)
        if value != JobRequest.model_fields[option].default:
            words += [f"--{option}", str(getattr(value, "value", value))]
    if request.offload:
        words += ["--offload", write_bytes(request.offload)]
    for option, seconds in (("release", request.release_after), ("idle", request.release_idle)):
        if seconds is not None:
            words += [f"--{option}", write_duration(seconds)]
    # In a magic's line, braces hold expressions.
    return " ".join(shlex.quote(word.replace("{", "{{").replace("}", "}}")) for word in words)
