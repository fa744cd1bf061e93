"""A worker that waits for its spec with its engine's library imported already.

``python -m jupyter_sw.worker standby ENGINE READY`` writes a byte to the file descriptor READY when
the library is there. It holds no model and has not touched a GPU. It ends with its server: the
other end of its standard input closes then.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import sys
import tempfile
import threading
from pathlib import Path

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.worker import WorkerSpec

log = logging.getLogger(__name__)

_NICE = 10
_KILL_FIRST = "1000"  # the kernel's highest score, for who goes first when memory runs out
_CUDA = "libcuda.so"
_HIP = "libamdhip64"
_NOT_INITIALIZED = 3  # CUDA_ERROR_NOT_INITIALIZED


def wait_for_spec(engine: Engine, ready: int) -> WorkerSpec | None:
    """Import an engine's library, then return the spec that came; None when none came.

    Call it in the main thread. An import that is under way when none came is not waited for.
    """
    score = _set_oom_score(_KILL_FIRST)
    threading.Thread(target=_prepare, args=(engine, ready), name="import", daemon=True).start()
    text = sys.stdin.buffer.read()
    if not text:
        return None
    if score:
        _set_oom_score(score)
    spec = WorkerSpec.model_validate_json(text)
    os.chdir(Path(spec.socket).parent)
    if any(os.environ.get(name) != value for name, value in spec.environment.items()):
        if _driver_began():
            _begin_anew(text, spec.environment)
        os.environ.update(spec.environment)
    return spec


def _prepare(engine: Engine, ready: int) -> None:
    if sys.platform == "linux":  # there it holds for this thread, and those that it starts
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    try:
        _import(engine)
    except Exception:
        log.exception("%s can't be imported", engine.value)
        os._exit(1)
    os.write(ready, b".")
    os.close(ready)


def _import(engine: Engine) -> None:
    """Import what loading a model with `engine` imports."""
    if engine is Engine.LLAMACPP:
        import xllamacpp  # noqa: F401

        from jupyter_sw.worker.engines.llama import engine as _llama  # noqa: F401
    elif engine is Engine.TRANSFORMERS:
        from jupyter_sw.worker.engines.hf.engine import import_libraries

        import_libraries()


def _driver_began() -> bool:
    """Tell whether a GPU's driver has read its variables already.

    torch only loads CUDA's while it is imported, and that one reads them when it is initialised.
    AMD's doesn't tell: loaded counts as begun there.
    """
    loaded = _loaded_libraries()
    if _CUDA not in loaded:
        return _HIP in loaded
    found = ctypes.CDLL(f"{_CUDA}.1").cuDeviceGetCount(ctypes.byref(ctypes.c_int()))
    return bool(found != _NOT_INITIALIZED)


def _loaded_libraries() -> str:
    try:
        return Path("/proc/self/maps").read_text(errors="replace")
    except OSError:
        return ""


def _begin_anew(text: bytes, environment: dict[str, str]) -> None:
    """Become a fresh worker with the right variables, as if nothing had been imported."""
    log.info("A GPU's driver had begun before the job came; starts anew.")
    with tempfile.TemporaryFile() as file:  # it has no name: the token is seen by nobody
        file.write(text)
        file.seek(0)
        os.dup2(file.fileno(), 0)
    command = [sys.executable, "-m", "jupyter_sw.worker"]
    os.execve(sys.executable, command, {**os.environ, **environment})  # noqa: S606


def _set_oom_score(score: str) -> str:
    """Set this process's score, and return the former one; empty where there is none."""
    with contextlib.suppress(OSError):
        path = Path("/proc/self/oom_score_adj")
        former = path.read_text().strip()
        path.write_text(score)
        return former
    return ""
