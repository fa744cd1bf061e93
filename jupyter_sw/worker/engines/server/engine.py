"""A server that speaks OpenAI's format as an engine: started, watched and asked by the worker."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker.engines.base import Report
from jupyter_sw.worker.engines.server.process import ServerProcess
from jupyter_sw.worker.engines.server.recipes import Place, recipe_for, served_name

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.1  # seconds between two looks whether it is ready
_LOOK_TIMEOUT = 5.0  # seconds
_NEVER = httpx.Timeout(None, connect=5.0)  # a model may think for minutes before its first token


class OpenAIServer:
    """A child process that serves one model.

    Parameters
    ----------
    on_exit
        Called from a thread, with what to tell, when it ended by itself after it was ready.
    """

    def __init__(self, spec: WorkerSpec, on_exit: Callable[[str], None]) -> None:
        self._spec = spec
        self._on_exit = on_exit
        self._recipe = recipe_for(spec)
        self._process: ServerProcess | None = None
        self._ready = False
        here = Path(spec.socket)
        self._place = Place(
            socket=here.with_suffix(".server.sock"),
            port=0 if self._recipe.on_socket else _free_port(),
            key=secrets.token_urlsafe(32),
            settings=here.with_suffix(".server.yaml"),
        )
        self.model = served_name(spec)
        """The model's name in requests to it."""
        self.waiting_metric = self._recipe.waiting

    def load(self, report: Report) -> EngineInfo:
        """Start it and return when it is ready.

        Raises
        ------
        EngineError
            When it ended instead.
        """
        spec = self._spec
        self._place.settings.touch(mode=0o600)
        command = self._recipe.command(spec, self._place)
        name = Path(command[0]).name
        log.info("Starting %s", " ".join(command))
        report(Stage.LOADING, None, name)
        self._process = ServerProcess(command, self._recipe.environment, self._exited)
        with httpx.Client(transport=httpx.HTTPTransport(uds=self._uds), **self._address()) as http:
            while not self._answers(http):
                code = self._process.exit_code
                if code is not None:
                    raise EngineError(
                        f"{name} ended before it was ready (exit code {code}).",
                        hint="The job's log has its own words.",
                    )
                time.sleep(_LOOK_EVERY)
        self._ready = True
        return EngineInfo(
            engine=spec.engine,
            device=",".join(part.place for part in spec.grant) or "cpu",
            dtype=spec.dtype,
            context=spec.context,
            slots=spec.slots,
        )

    def client(self) -> httpx.AsyncClient:
        """Return a client of it, for the event loop."""
        transport = httpx.AsyncHTTPTransport(
            uds=self._uds, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
        )
        return httpx.AsyncClient(transport=transport, timeout=_NEVER, **self._address())

    def memory(self) -> int | None:
        """Return the bytes of the machine's memory that it and the worker hold."""
        own: int = psutil.Process(os.getpid()).memory_info().rss
        return own + (self._process.memory() if self._process else 0)

    def close(self) -> None:
        """End it and remove its files."""
        if self._process is not None:
            self._process.close()
        self._place.socket.unlink(missing_ok=True)
        self._place.settings.unlink(missing_ok=True)

    @property
    def _uds(self) -> str | None:
        return str(self._place.socket) if self._recipe.on_socket else None

    def _address(self) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._place.key}"} if self._recipe.uses_key else {}
        port = self._place.port or 80
        return {"base_url": f"http://127.0.0.1:{port}", "headers": headers}

    def _answers(self, http: httpx.Client) -> bool:
        """Tell whether it is ready: 503 and refused connections mean that it loads."""
        try:
            answer = http.get(self._recipe.ready, timeout=_LOOK_TIMEOUT)
            if answer.status_code == 404:  # a server without this route
                answer = http.get("/v1/models", timeout=_LOOK_TIMEOUT)
        except httpx.HTTPError:
            return False
        return answer.is_success

    def _exited(self, code: int) -> None:
        if self._ready:
            self._on_exit(f"The server that runs the model ended by itself (exit code {code}).")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
