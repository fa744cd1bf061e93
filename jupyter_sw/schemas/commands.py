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
    for name, value in request.defaults.told.items() if request.defaults else ():
        words += [f"--{name.replace('_', '-')}", str(value)]
    if request.offload:
        words += ["--offload", write_bytes(request.offload)]
    for option, seconds in (("release", request.release_after), ("idle", request.release_idle)):
        if seconds is not None:
            words += [f"--{option}", write_duration(seconds)]
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Write a word of a magic's line, where braces hold expressions: the way to several lines."""
    if "\n" in word:
        return f"{{{word!r}}}"
    return shlex.quote(word.replace("{", "{{").replace("}", "}}"))
