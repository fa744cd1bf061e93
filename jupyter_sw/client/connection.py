"""Finds the server that this process should talk to.

In order: what the environment says; the Jupyter Server that started this kernel; any running
Jupyter Server of this user that has the extension; a private server that another process started.
Only the caller decides to start a new one (`private.start`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from jupyter_sw.errors import BadRequest

URL = "JUPYTER_SW_URL"
TOKEN = "JUPYTER_SW_TOKEN"  # noqa: S105  # the variable's name, not a token
TOKEN_FILE = "JUPYTER_SW_TOKEN_FILE"  # noqa: S105  # the variable's name, not a token
PRIVATE_FILE = "jupyter_sw-private.json"

_EVERY_ADDRESS = {"", "*", "0.0.0.0", "::"}  # noqa: S104  # compared with, never bound
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Server:
    """Where a server is and how to be let in."""

    url: str
    """Base URL, ending in ``/``; the API is below ``jupyter-sw/``."""
    token: str = field(repr=False)
    origin: str
    """`environment`, `parent`, `running` or `private`."""
    socket: str = ""
    """Path of the Unix socket the server listens on instead of a port."""

    @property
    def is_local(self) -> bool:
        """Tell whether requests stay on this machine, where no proxy may come between."""
        return bool(self.socket) or urlsplit(self.url).hostname in _LOOPBACK


def runtime_dir() -> Path:
    """Return the directory where Jupyter's programs of this user tell of themselves."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def explicit() -> Server | None:
    """Return the server that the environment names, if it names one.

    Raises
    ------
    BadRequest
        When the URL is no HTTP URL or the token file cannot be read.
    """
    url = os.environ.get(URL, "").strip()
    if not url:
        return None
    if urlsplit(url).scheme not in {"http", "https"}:
        raise BadRequest(f"{URL} is not an http or https URL.", hint="Try http://127.0.0.1:8888/.")
    token = os.environ.get(TOKEN, "")
    path = os.environ.get(TOKEN_FILE, "")
    if not token and path:
        try:
            token = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadRequest(f"{TOKEN_FILE} cannot be read: {error.strerror}.") from error
    return Server(url=url.rstrip("/") + "/", token=token, origin="environment")


def parents() -> Iterator[Server]:
    """Yield the Jupyter Server that started this process, if one did."""
    pids = [os.environ.get("JPY_PARENT_PID", ""), str(os.getppid())]
    for pid in dict.fromkeys(pid for pid in pids if pid.isdecimal()):
        server = _read(runtime_dir() / f"jpserver-{pid}.json", "parent")
        if server:
            yield server


def running() -> Iterator[Server]:
    """Yield the Jupyter Servers of this user, the newest first.

    The files are read here because `jupyter_server.serverapp.list_running_servers` costs a second
    of imports for the same answer.
    """
    files = list(runtime_dir().glob("jpserver-*.json"))
    for file in sorted(files, key=_modified, reverse=True):
        server = _read(file, "running")
        if server:
            yield server


def private() -> Server | None:
    """Return the private server that some process of this user started, if it still lives."""
    return _read(runtime_dir() / PRIVATE_FILE, "private")


def _read(file: Path, origin: str) -> Server | None:
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # not there, or just being written
    if not isinstance(info, dict) or not _is_alive(info.get("pid")):
        return None
    return Server(
        url=_reachable(info),
        token=str(info.get("token") or ""),
        origin=origin,
        socket=str(info.get("sock") or ""),
    )


def _reachable(info: dict[str, Any]) -> str:
    """Return a URL that works from this machine.

    A server on every address names itself by the host's name, which need not resolve here.
    """
    if info.get("sock"):
        return f"http://localhost{info.get('base_url') or '/'}"
    parts = urlsplit(str(info.get("url") or ""))
    if "hostname" in info and info["hostname"] in _EVERY_ADDRESS and parts.port:
        parts = parts._replace(netloc=f"127.0.0.1:{parts.port}")
    return urlunsplit(parts).rstrip("/") + "/"


def _is_alive(pid: object) -> bool:
    import psutil

    return isinstance(pid, int) and pid > 0 and psutil.pid_exists(pid)


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
