"""How each server is started, and where it says how it is.

The flags are those of vLLM 0.18's ``vllm serve``, of ``sglang.launch_server`` (SGLang 0.5) and of
llama.cpp's ``llama-server`` (tools/server/README.md).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.worker import WorkerSpec

_ALL_LAYERS = "999"


@dataclass(frozen=True)
class Place:
    """Where a server listens: on a socket where it can, else on a port of the loopback address.

    A port can be reached by every user of the machine, so the key is asked for there by the
    servers that know one.
    """

    socket: Path
    port: int
    key: str
    settings: Path
    """A file that only this user can read, for what must not be in a command line."""


@dataclass(frozen=True)
class Recipe:
    """One kind of server."""

    command: Callable[[WorkerSpec, Place], list[str]]
    on_socket: bool
    uses_key: bool = False
    ready: str = "/health"
    waiting: str = ""
    """Name of the metric of requests that wait; empty where it has none."""
    environment: dict[str, str] = field(default_factory=dict)


def recipe_for(spec: WorkerSpec) -> Recipe:
    """Return the recipe of the engine a spec names.

    Raises
    ------
    EngineError
        When it names none, or has no command for the server of one's own.
    """
    if spec.engine is not Engine.OPENAI_SERVER:
        return RECIPES[spec.engine]
    if not spec.command:
        raise EngineError("There is no command to start the server with.")
    words = " ".join(spec.command)
    return Recipe(_configured, on_socket="{socket}" in words, uses_key="{key_file}" in words)


def served_name(spec: WorkerSpec) -> str:
    """Return the model's name at the server: a server that is not told one goes by the path."""
    if spec.engine is Engine.OPENAI_SERVER and "{name}" not in " ".join(spec.command):
        return spec.files.path
    return spec.files.name


def _vllm(spec: WorkerSpec, place: Place) -> list[str]:
    return [
        *(program("vllm"), "serve", spec.files.path),
        *("--uds", str(place.socket)),
        *("--served-model-name", spec.files.name),
        *("--dtype", spec.dtype),
        *("--max-model-len", str(spec.context)),
        *("--max-num-seqs", str(spec.slots)),
        # vLLM takes a share of the whole device, weights and everything else included.
        *(("--gpu-memory-utilization", _share(spec)) if spec.memory_share else ()),
        *(("--tensor-parallel-size", str(len(spec.grant))) if len(spec.grant) > 1 else ()),
        *(("--trust-remote-code",) if spec.may_run_code else ()),
        "--disable-uvicorn-access-log",
    ]


def _sglang(spec: WorkerSpec, place: Place) -> list[str]:
    # It has no socket. JSON is YAML, too.
    place.settings.write_text(json.dumps({"api-key": place.key}))
    return [
        *(sys.executable, "-m", "sglang.launch_server"),
        *("--config", str(place.settings)),
        *("--model-path", spec.files.path),
        *("--host", "127.0.0.1", "--port", str(place.port)),
        *("--served-model-name", spec.files.name),
        *("--dtype", spec.dtype),
        *("--context-length", str(spec.context)),
        *("--max-running-requests", str(spec.slots)),
        *(("--mem-fraction-static", _share(spec)) if spec.memory_share else ()),
        *(("--tp-size", str(len(spec.grant))) if len(spec.grant) > 1 else ()),
        *(("--trust-remote-code",) if spec.may_run_code else ()),
        "--enable-metrics",
    ]


def _llama_server(spec: WorkerSpec, place: Place) -> list[str]:
    on_gpu = any(part.device != "cpu" and not part.simulated for part in spec.grant)
    return [
        *(program("llama-server"), "--model", spec.files.path),
        *("--host", str(place.socket)),
        *("--alias", spec.files.name),
        *("--ctx-size", str(max(spec.cache_tokens, spec.context)), "--kv-unified"),
        *("--parallel", str(spec.slots)),
        *("--n-gpu-layers", _ALL_LAYERS if on_gpu else "0"),
        *(("--threads", str(spec.threads)) if spec.threads else ()),
        *("--offline", "--jinja", "--no-webui", "--metrics"),
    ]


def _configured(spec: WorkerSpec, place: Place) -> list[str]:
    values = {
        "{python}": sys.executable,
        "{model}": spec.files.path,
        "{name}": spec.files.name,
        "{socket}": str(place.socket),
        "{port}": str(place.port),
        "{key_file}": str(place.settings),
        "{context}": str(spec.context),
        "{slots}": str(spec.slots),
        "{dtype}": spec.dtype,
    }
    place.settings.write_text(place.key)
    words = []
    for word in spec.command:
        for name, value in values.items():
            word = word.replace(name, value)  # noqa: PLW2901
        words.append(word)
    return words


def _share(spec: WorkerSpec) -> str:
    return f"{spec.memory_share or 0:.3f}"


def program(name: str) -> str:
    """Return a program's path: beside this Python, or wherever the path finds it.

    Raises
    ------
    EngineError
        When it is in neither place.
    """
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        raise EngineError(f"The program {name} is not installed here.")
    return found


RECIPES = {
    Engine.VLLM: Recipe(
        _vllm,
        on_socket=True,
        waiting="vllm:num_requests_waiting",
        environment={"VLLM_NO_USAGE_STATS": "1"},
    ),
    Engine.SGLANG: Recipe(_sglang, on_socket=False, uses_key=True, waiting="sglang:num_queue_reqs"),
    Engine.LLAMA_SERVER: Recipe(
        _llama_server, on_socket=True, waiting="llamacpp:requests_deferred"
    ),
}
