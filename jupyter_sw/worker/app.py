"""The worker process: serve first, then load the model in a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from pathlib import Path
from typing import Any, cast

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application

from jupyter_sw.errors import SwError
from jupyter_sw.loopback import has_unix_sockets, listen
from jupyter_sw.schemas.worker import EXIT_LOAD_FAILED, EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker.auth import Guard
from jupyter_sw.worker.engines import create_engine
from jupyter_sw.worker.engines.base import Engine, Loaded
from jupyter_sw.worker.generation import Generator
from jupyter_sw.worker.handlers import (
    Health,
    LeaseRenewal,
    Models,
    NoSuchPath,
    NotThisModel,
)
from jupyter_sw.worker.health import State
from jupyter_sw.worker.lease import Watchdog
from jupyter_sw.worker.openai import ChatCompletions, Completions
from jupyter_sw.worker.shortage import loading_error

log = logging.getLogger(__name__)

_FAILURE_SHOWN = 10.0  # seconds a failed worker still answers, so that the server learns why
_MEMORY_EVERY = 1.0  # seconds
_EMBEDS = "Run a model that embeds: a GGUF of bge, nomic-embed or the like."
_BODY_LIMIT = 64 * 2**20  # bytes


class Worker:
    """One model behind one socket."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._state = State(spec.job)
        self._generator = Generator(self._state, spec)
        self._watchdog = Watchdog(spec.lease_seconds, self._clean_up)
        self._engine: Loaded | None = None

    def run(self) -> None:
        """Serve until the watchdog ends the process."""
        os.umask(0o077)
        self._watchdog.start()
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        path = self._spec.socket
        socket = bind_unix_socket(path, mode=0o600) if has_unix_sockets() else listen(Path(path))
        server = HTTPServer(self._application(), max_buffer_size=_BODY_LIMIT)
        server.add_socket(socket)
        log.info("Serving job %s (pid %d).", self._spec.job, os.getpid())
        loop = asyncio.get_running_loop()
        loaded: asyncio.Future[EngineInfo] = loop.create_future()
        threading.Thread(target=self._load, args=(loop, loaded), name="engine", daemon=True).start()
        try:
            info = await loaded
        except SwError as error:
            await self._show_failure(error)
            return
        self._open(info)
        self._state.engine = info
        self._state.report(Stage.RUNNING)
        precision = f"{info.dtype}, {info.quantize.value}" if info.quantize else info.dtype
        log.info("Running %s on %s, %s.", self._spec.files.name, info.device, precision)
        while True:
            self._state.device_memory = self._engine.memory() if self._engine else None
            await asyncio.sleep(_MEMORY_EVERY)

    def _application(self) -> Application:
        shared: dict[str, Any] = {
            "guard": Guard(self._spec.token),
            "state": self._state,
            "generator": self._generator,
            "watchdog": self._watchdog,
            "model_name": self._spec.files.name,
        }
        return Application(
            [
                (r"/health", Health, shared),
                (r"/lease", LeaseRenewal, shared),
                (r"/v1/models", Models, shared),
                *self._completions(shared),
            ],
            default_handler_class=NoSuchPath,
            default_handler_args=shared,
            log_function=lambda handler: None,
        )

    def _make_engine(self) -> Loaded:
        """Return what is loaded; in the thread that loads it."""
        return create_engine(self._spec)

    def _open(self, info: EngineInfo) -> None:
        """Begin to take requests."""
        self._generator.open(cast("Engine", self._engine), info)

    def _completions(self, shared: dict[str, Any]) -> list[Any]:
        """Return the routes that generate."""
        replying = {**shared, "sampling": self._spec.sampling}
        return [
            (r"/v1/chat/completions", ChatCompletions, replying),
            (r"/v1/completions", Completions, replying),
            (r"/v1/embeddings", NotThisModel, {**shared, "hint": _EMBEDS}),
        ]

    def _load(self, loop: asyncio.AbstractEventLoop, loaded: asyncio.Future[EngineInfo]) -> None:
        try:
            engine = self._engine = self._make_engine()
            info = engine.load(self._state.report)
        except Exception as error:  # noqa: BLE001  # all of it is the server's to learn
            loop.call_soon_threadsafe(loaded.set_exception, loading_error(error))
        else:
            loop.call_soon_threadsafe(loaded.set_result, info)

    async def _show_failure(self, error: SwError) -> None:
        log.error("%s", error)
        self._state.error = error
        self._watchdog.exit_code = EXIT_LOAD_FAILED
        self._state.report(Stage.FAILED, detail=error.message)
        await asyncio.sleep(_FAILURE_SHOWN)
        self._watchdog.exit(EXIT_LOAD_FAILED, "The model could not be loaded; ending.")

    def _clean_up(self) -> None:
        Path(self._spec.socket).unlink(missing_ok=True)
        if self._engine is not None:
            self._engine.close()
