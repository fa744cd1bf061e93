"""Engines: what computes. `base` says what the worker asks of one."""

from __future__ import annotations

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.jobs import Engine as EngineName
from jupyter_sw.schemas.worker import WorkerSpec
from jupyter_sw.worker.engines.base import Engine


def create_engine(spec: WorkerSpec) -> Engine:
    """Return the engine a spec names, importing only that one's library, and that when it loads.

    Raises
    ------
    EngineError
        When there is no such engine.
    """
    if spec.engine is EngineName.LLAMACPP:
        from jupyter_sw.worker.engines.llama.engine import LlamaCppEngine

        return LlamaCppEngine(spec)
    if spec.engine is EngineName.TRANSFORMERS:
        from jupyter_sw.worker.engines.hf.engine import TransformersEngine

        return TransformersEngine(spec)
    raise EngineError(f"There is no engine {spec.engine.value!r}.")
