"""Answers the server for this process as a worker would, in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application

from jupyter_sw.errors import EngineError
from jupyter_sw.loopback import has_unix_sockets, listen
from jupyter_sw.schemas.worker import Lease, WorkerSpec
from jupyter_sw.worker.auth import Guard
from jupyter_sw.worker.handlers import Health, LeaseRenewal, NoSuchPath, WorkerHandler
from jupyter_sw.worker.health import State

_LAST_ANSWER = 0.1  # seconds the answer to the last request may take


class Listener:
    """The socket of one model.

    The server's lease is not needed to live here: when the server is gone, the model stays with the
    person who loaded it. The release time that comes with the lease is kept, server or not.

    Parameters
    ----------
    let_go
        Gives the model's memory back; called in the listener's thread.
    """

    def __init__(self, spec: WorkerSpec, state: State, let_go: Callable[[], None]) -> None:
        self._spec = spec
        self._state = state
        self._let_go = let_go
        self._listening = threading.Event()
        self._error: OSError | None = None
        self._closed: asyncio.Event | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._release: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Return when it listens.

        Raises
        ------
        EngineError
            When it cannot.
        """
        threading.Thread(target=self._run, name=f"sw {self._spec.job}", daemon=True).start()
        self._listening.wait()
        if self._error is not None:
            raise EngineError(f"The kernel cannot listen for its server: {self._error}.")

    def close(self) -> None:
        """Stop, from any thread; the server takes that for the end of the job."""
        if self._loop is not None and self._closed is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._closed.set)

    def renew(self, lease: Lease) -> None:
        """Take the release time that comes with a lease."""
        assert self._loop is not None, "a request came, so the loop runs"
        if self._release is not None:
            self._release.cancel()
            self._release = None
        if lease.release_in is not None:
            self._release = self._loop.call_later(lease.release_in, self.end)

    def end(self) -> None:
        """Let go, and stop a moment later."""
        self._let_go()
        assert self._loop is not None, "it runs in the loop"
        assert self._closed is not None, "it runs in the loop"
        self._loop.call_later(_LAST_ANSWER, self._closed.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._error = error
            self._listening.set()
        Path(self._spec.socket).unlink(missing_ok=True)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._closed = asyncio.Event()
        path = Path(self._spec.socket)
        socket = bind_unix_socket(str(path), mode=0o600) if has_unix_sockets() else listen(path)
        shared: dict[str, Any] = {
            "guard": Guard(self._spec.token),
            "state": self._state,
            "generator": None,  # none of its routes generates
            "watchdog": self,
            "model_name": self._spec.files.name,
        }
        routes: list[Any] = [
            (r"/health", Health, shared),
            (r"/lease", LeaseRenewal, shared),
            (r"/end", End, shared),
        ]
        server = HTTPServer(
            Application(
                routes,
                default_handler_class=NoSuchPath,
                default_handler_args=shared,
                log_function=lambda handler: None,
            )
        )
        server.add_socket(socket)
        self._listening.set()
        await self._closed.wait()
        server.stop()
        await server.close_all_connections()


class End(WorkerHandler):
    """``POST /end``."""

    def post(self) -> None:
        """Let go of the model."""
        self.watchdog.end()  # type: ignore[attr-defined]  # it is the listener
        self.finish({})
