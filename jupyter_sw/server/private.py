"""A private server: the same extension with nothing around it.

For want of a Jupyter Server (plain IPython, papermill, VS Code …) a client starts one on loopback.
It answers our routes only, and leaves by itself when it has had no job and no client for a while.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import ServerApp
from tornado.ioloop import PeriodicCallback
from traitlets import Float

from jupyter_sw.server.app import SwApp

RUNTIME_FILE = "jupyter_sw-private.json"
_LOOK_EVERY = 1000  # milliseconds


class SlimServer(ServerApp):
    """A Jupyter Server without its services: no contents, no kernels, no terminals."""

    default_services: tuple[str, ...] = ()  # type: ignore[assignment] # ours is the empty one

    def write_browser_open_files(self) -> None:
        """Write none: such a page has the token in it, and everybody may read it."""


class PrivateApp(SwApp):
    """The extension as its own server."""

    name = "jupyter_sw_private"
    private = True
    open_browser = False
    load_other_extensions = False
    serverapp_class = SlimServer
    extension_url = "/jupyter-sw/api/status"
    serverapp_config = {
        "ip": "127.0.0.1",
        "port": 0,
        "open_browser": False,
        "allow_unauthenticated_access": False,
        "terminals_enabled": False,
        "allow_root": True,
    }

    idle_timeout = Float(
        600.0, min=1.0, help="Leave after so many seconds without a live job and without a request."
    ).tag(config=True)

    @classmethod
    def get_extension_package(cls) -> str:
        """Return this module: the package itself names the extension for Jupyter Servers."""
        return "jupyter_sw.server.private"

    def initialize_handlers(self) -> None:
        """Leave nothing but our routes (and the login that cookies need)."""
        super().initialize_handlers()
        rules = self._server.web_app.wildcard_router.rules
        rules[:] = [
            rule for rule in rules if rule.target.__name__ in ("LoginFormHandler", "Template404")
        ]

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        await super()._start_jupyter_server_extension(serverapp)
        try:
            await self.house.started()
        except Exception:
            # Nothing but this extension is served here; without it there is no reason to stay.
            self.log.exception("The store cannot be opened; leaving.")
            os._exit(1)
        self._write_runtime_file()
        PeriodicCallback(self._leave_when_idle, _LOOK_EVERY).start()

    async def stop_extension(self) -> None:
        """Release all jobs and take the runtime file away."""
        if (
            self._runtime_file().exists()
            and json.loads(self._runtime_file().read_text())["pid"] == os.getpid()
        ):
            self._runtime_file().unlink()
        await super().stop_extension()

    def _leave_when_idle(self) -> None:
        idle = time.time() - self.house.last_request
        if idle > self.idle_timeout and not self.house.live_jobs:
            self._server.stop(from_signal=True)

    def _write_runtime_file(self) -> None:
        server = self._server
        content = {
            "url": f"http://127.0.0.1:{server.port}{server.base_url}",
            "token": server.identity_provider.token,
            "pid": os.getpid(),
        }
        path = self._runtime_file()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
        draft.replace(path)

    @property
    def _server(self) -> ServerApp:
        assert self.serverapp is not None, "the extension is linked to a server"
        return self.serverapp

    @staticmethod
    def _runtime_file() -> Path:
        return Path(jupyter_runtime_dir()) / RUNTIME_FILE


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "jupyter_sw.server.private", "app": PrivateApp}]


def main(argv: list[str] | None = None) -> None:
    """Run a private server until it has been idle for long or is told to stop."""
    # A given token is not logged, a generated one would be. It is not left in the environment,
    # where every child would inherit it.
    os.environ.setdefault("JUPYTER_TOKEN", secrets.token_hex(24))
    PrivateApp.launch_instance(argv)  # type: ignore[no-untyped-call]
