"""Starts a private server where no Jupyter Server is: the same extension, alone on loopback."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from jupyter_sw.client import connection
from jupyter_sw.client.connection import Server
from jupyter_sw.client.http import Http
from jupyter_sw.errors import ServerUnavailable, SwError

LOG_FILE = "jupyter_sw-private.log"
_LOCK_FILE = "jupyter_sw-private.lock"
_START_SECONDS = 60.0  # a cold disk and a slow machine; it is 2 s otherwise
_END_SECONDS = 5.0
_LOG_LINES = 8


def start() -> Server:
    """Return this user's private server, starting it unless another process just did.

    It leaves by itself after it has had neither a job nor a client for a while.

    Raises
    ------
    ServerUnavailable
        When it does not come up; the hint holds the last lines of its log.
    """
    home = connection.runtime_dir()
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(home / _LOCK_FILE, timeout=_START_SECONDS):
            found = connection.private()
            return found if found and _state(found) is None else _spawn(home)
    except Timeout as error:
        raise ServerUnavailable(
            f"Another program has been starting the private server for {_START_SECONDS:.0f} s.",
            hint=f"Its log is {home / LOG_FILE}.",
        ) from error


def _spawn(home: Path) -> Server:
    log = home / LOG_FILE
    environment = {k: v for k, v in os.environ.items() if not k.startswith("JPY_")}
    # By the environment and not by argv, which every user of the machine can read; the server
    # takes it out of its own environment before it starts anything.
    environment["JUPYTER_TOKEN"] = secrets.token_urlsafe(32)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_sw.server"],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=environment,
            cwd=Path.home(),  # not the caller's folder, which may be gone tomorrow
            start_new_session=True,  # outlives this kernel, and its interrupts
        )
    finally:
        os.close(descriptor)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        server = connection.private()
        problem = _state(server) if server else None
        if server and problem is None:
            return server
        if problem is not None and not isinstance(problem, ServerUnavailable):
            _end(process)  # it answers, but it cannot work
            raise ServerUnavailable(
                f"The private server cannot work: {problem.message}", hint=_tail(log)
            )
        if process.poll() is not None:
            raise ServerUnavailable(
                f"The private server ended at once (exit status {process.returncode}).",
                hint=_tail(log),
            )
        time.sleep(0.02)
    _end(process)
    raise ServerUnavailable(
        f"The private server did not answer within {_START_SECONDS:.0f} s.", hint=_tail(log)
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a server that never came up, which may be too broken to end when it is asked to."""
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _state(server: Server) -> SwError | None:
    """Return what is wrong with a server; None when it answers."""
    http = Http(server)
    try:
        http.request("GET", "api/status", timeout=5.0)
    except SwError as error:
        return error
    finally:
        http.close()
    return None


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([f"Its log, {log}, ends with:", *lines[-_LOG_LINES:]])
