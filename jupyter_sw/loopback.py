"""What a worker listens on: a Unix socket, or where there are none a port of 127.0.0.1.

The port is left in a file at the socket's path, which only this user can read. Anybody on the
machine can reach the port; what protects the worker there is its token.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

HOST = "127.0.0.1"
FORCED = "SW_LOOPBACK"
"""Environment variable that does without Unix sockets, for tests and odd file systems."""


def has_unix_sockets() -> bool:
    """Tell whether workers of this process and of its children listen on Unix sockets."""
    return hasattr(socket, "AF_UNIX") and not os.environ.get(FORCED)


def listen(path: Path) -> socket.socket:
    """Return a socket that listens on a free port, which is written to `path`."""
    listening = socket.create_server((HOST, 0))
    listening.setblocking(False)
    # Whole or not at all: it is read as soon as it is there.
    half = path.with_suffix(".half")
    half.touch(mode=0o600)
    half.write_text(str(listening.getsockname()[1]))
    half.replace(path)
    return listening


def port_at(path: Path) -> int:
    """Return the port that `listen` wrote.

    Raises
    ------
    OSError
        When nobody listens yet, or any more.
    """
    text = path.read_text()
    if not text.isdecimal():
        raise ConnectionError(f"{path} holds no port.")
    return int(text)
