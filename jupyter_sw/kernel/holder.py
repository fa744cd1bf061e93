"""One model of this process: how it comes, how it is seen to be used, how it is let go of."""

from __future__ import annotations

import gc
import os
import sys
import threading
import weakref
from collections.abc import MutableMapping
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from jupyter_sw.client.api import Client
from jupyter_sw.clock import uptime
from jupyter_sw.errors import SwError
from jupyter_sw.kernel.listener import Listener
from jupyter_sw.kernel.placing import spot
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker.engines.hf.shards import shards
from jupyter_sw.worker.health import Counters, State
from jupyter_sw.worker.readahead import ReadAhead
from jupyter_sw.worker.shortage import loading_error

Pair = tuple[Any, Any]
"""A model and its tokenizer."""


class Holder:
    """Loads the model of a job when it is granted, in a thread, and answers for it from then on.

    Parameters
    ----------
    names
        The person's variables: those that hold the model are deleted when it is let go of.
    """

    def __init__(self, client: Client, job: str, names: MutableMapping[str, Any]) -> None:
        self._client = client
        self._job = job
        self._names = names
        self._state = State(job)
        self._listener: Listener | None = None
        self._model: weakref.ref[Any] | None = None
        self._tokenizer: weakref.ref[Any] | None = None
        self.loaded: Future[Pair] = Future()

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._work, name=f"load {self._job}", daemon=True).start()

    def let_go(self) -> None:
        """Give the memory back, whoever still holds the model: its weights are taken out of it."""
        model = self._model() if self._model else None
        tokenizer = self._tokenizer() if self._tokenizer else None
        for name, value in list(self._names.items()):
            if value is not None and (value is model or value is tokenizer):
                self._names.pop(name, None)
        if model is not None:
            _empty(model)
        del model, tokenizer
        _collect()

    def _work(self) -> None:
        try:
            spec = self._task()
            self._listener = Listener(spec, self._state, self.let_go)
            self._listener.start()
        except Exception as error:  # noqa: BLE001  # without it the job would wait for nobody
            self.loaded.set_exception(error)
            with suppress(SwError):
                self._client.cancel(self._job)
            return
        try:
            model, tokenizer = self._load(spec)
        except Exception as error:  # noqa: BLE001  # all of it is the job's to tell
            wire = loading_error(error)
            self._state.error = wire
            self._state.report(Stage.FAILED, detail=wire.message)
            self.loaded.set_exception(wire)
            return
        self._model, self._tokenizer = weakref.ref(model), weakref.ref(tokenizer)
        weakref.finalize(model, _gone, self._listener).atexit = False
        self._state.device_memory = model.get_memory_footprint()
        _count_uses(model, self._state.counters)
        self._state.report(Stage.RUNNING)
        self.loaded.set_result((model, tokenizer))

    def _task(self) -> WorkerSpec:
        """Return what to load, when the job has its memory."""
        while True:
            task = self._client.kernel_task(self._job, os.getpid())
            if task.spec is not None:
                return task.spec

    def _load(self, spec: WorkerSpec) -> Pair:
        ReadAhead(shards(spec))  # while the libraries are imported
        self._state.report(Stage.IMPORTING, None, "torch, transformers")
        import torch
        import transformers

        from jupyter_sw.worker.engines.hf.loading import load_model

        place = spot(torch, spec)
        model, tokenizer = load_model(
            spec,
            self._state.report,
            place.dtype,
            attention=place.attention,
            **place.options,
        )
        self._state.engine = EngineInfo(
            engine=Engine.TRANSFORMERS,
            device=",".join(part.place for part in spec.grant) or "cpu",
            dtype=place.dtype,
            context=spec.context,
            slots=1,
            quantize=spec.quantize,
            attention=place.attention,
            version=transformers.__version__,
        )
        return model, tokenizer


def _count_uses(model: Any, counters: Counters) -> None:
    """See when the model computes, by whatever way it is called: that is not idle."""

    def begin(*_: object) -> None:
        counters.running += 1

    def end(*_: object) -> None:
        counters.running = max(0, counters.running - 1)
        counters.last_end = uptime()

    model.register_forward_pre_hook(begin)
    model.register_forward_hook(end, always_call=True)


def _gone(listener: Listener) -> None:
    """The person has deleted the model: its memory is free when torch gives it back, too."""
    _collect()
    listener.close()


def _empty(model: Any) -> None:
    """Put every tensor of a model where it takes no memory; it cannot be used any more."""
    import torch

    for module in model.modules():
        for name, parameter in module._parameters.items():
            if parameter is not None:
                module._parameters[name] = torch.nn.Parameter(
                    parameter.detach().to("meta"), requires_grad=False
                )
        for name, buffer in module._buffers.items():
            if buffer is not None:
                module._buffers[name] = buffer.to("meta")


def _collect() -> None:
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    elif torch is not None and torch.backends.mps.is_available():
        torch.mps.empty_cache()
