"""Failures that are well known, in one sentence each, and what to do about them.

Downloads explain themselves (`models.sources`); this is for what workers and engines say when they
cannot load or break. The words looked for are those of the libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from jupyter_sw.errors import EngineError, OutOfMemory, SwError, WorkerLost


@dataclass(frozen=True)
class Known:
    """A failure: the words it is known by, what happened, and what to do."""

    words: str
    what: str
    hint: str


KNOWN = [
    Known(
        r"driver on your system is too old|driver version is insufficient"
        r"|no kernel image is available",
        "The GPU's driver and this build of the engine do not go together.",
        "Update the GPU's driver, or install a torch built for it: pytorch.org/get-started.",
    ),
    Known(
        r"does not recognize this architecture|unknown model architecture"
        r"|unrecognized configuration class",
        "The installed engine does not know this kind of model.",
        "Upgrade it (pip install -U transformers, or xllamacpp for GGUF), or run another model.",
    ),
    Known(
        r"no space left on device|disk quota exceeded",
        "The disk is full.",
        "Free some space: models lie in the hub's cache (hf cache ls) and in the model store.",
    ),
    Known(
        r"contains custom code which must be executed|trust_remote_code=True",
        "The model wants to run code of its own, which is refused.",
        "Run a model whose architecture the engine knows itself, or see "
        "c.SwApp.allow_unsafe_models in SECURITY.md.",
    ),
    Known(
        r"weights only load failed|no file named model\.safetensors",
        "The weights are pickles, which can run code, and are refused.",
        "Run a version of the model in safetensors or GGUF, or see c.SwApp.allow_unsafe_models in "
        "SECURITY.md.",
    ),
    Known(
        r"cannot access gated repo|is not a local folder and is not a valid model identifier"
        r"|40[13] client error",
        "The hub gives no access to this model.",
        "Accept its licence on the model's page and log in with: %sw login",
    ),
    Known(
        r"couldn't connect to|outgoing traffic has been disabled"
        r"|cannot find the requested files in the local cache",
        "A file is not on this machine, and there is no network to fetch it.",
        "Fetch the model once with a network, or name a local directory.",
    ),
    Known(
        r"cuda out of memory|hip out of memory|mps backend out of memory"
        r"|can't allocate memory|failed to allocate|unable to allocate|std::bad_alloc",
        "Memory ran out.",
        "Use a smaller --context, a smaller model or --dtype float16; see %sw devices.",
    ),
    Known(
        r"\(signal 9\)",
        "The worker was killed from outside; most often that is the kernel, for want of memory.",
        "Look for 'Out of memory' in dmesg; use a smaller model or --context.",
    ),
]


def explained(error: SwError) -> SwError:
    """Return an error with what it means before its own words, where that is known.

    Errors that were explained where they arose are left as they are.
    """
    if not isinstance(error, (EngineError, WorkerLost)) or isinstance(error, OutOfMemory):
        return error
    for known in KNOWN:
        if re.search(known.words, error.message, re.IGNORECASE):
            return type(error)(f"{known.what} {error.message}", hint=known.hint)
    return error
