"""Which engines are installed here."""

from __future__ import annotations

import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.jobs import Engine

_PACKAGES = {
    Engine.TRANSFORMERS: "transformers",
    Engine.LLAMACPP: "xllamacpp",
    Engine.VLLM: "vllm",
    Engine.SGLANG: "sglang",
}
_PROGRAMS = {Engine.VLLM: "vllm", Engine.LLAMA_SERVER: "llama-server"}
INSTALL = {
    Engine.LLAMACPP: "pip install 'jupyter_sw[llamacpp]'",
    Engine.VLLM: "pip install vllm",
    Engine.SGLANG: "pip install sglang",
    Engine.LLAMA_SERVER: "https://github.com/ggml-org/llama.cpp/blob/master/docs/install.md",
}


def engine_version(engine: Engine) -> str | None:
    """Return the installed version of an engine's library, without importing it.

    A program outside of this Python is there, too, but only running it tells its version: it gives
    an empty string. None is what isn't there.
    """
    package, program = _PACKAGES.get(engine), _PROGRAMS.get(engine)
    if package:
        try:
            return version(package)
        except PackageNotFoundError:
            pass
    if program and (Path(sys.executable).with_name(program).is_file() or shutil.which(program)):
        return ""
    return None


def require_engine(engine: Engine, command: tuple[str, ...]) -> None:
    """Return when an engine can be used here.

    Parameters
    ----------
    command
        How the engine `openai_server` is started; empty when that is not configured.

    Raises
    ------
    BadRequest
        When it can't; with how to install it.
    """
    if engine is Engine.AUTO or engine is Engine.TRANSFORMERS:
        return
    if engine is Engine.OPENAI_SERVER:
        if not command:
            raise BadRequest(
                "No server is configured for the engine openai_server.",
                hint="Name its command in c.SwApp.openai_server_command; see docs/engines.md.",
            )
    elif engine_version(engine) is None:
        raise BadRequest(
            f"The engine {engine.value} is not installed here.",
            hint=f"Install it with: {INSTALL[engine]}",
        )
