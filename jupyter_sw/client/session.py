"""The server of this process: found once, looked for again when it is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from jupyter_sw.client import connection
from jupyter_sw.client.api import Client
from jupyter_sw.client.connection import Server
from jupyter_sw.errors import Forbidden, ServerError, ServerUnavailable, SwError

_PROBE_SECONDS = 5.0

_lock = threading.Lock()
_current: Client | None = None


def connect() -> Client:
    """Return a client of the server this process should talk to, starting one if there is none.

    Raises
    ------
    ServerUnavailable
        When the server named in the environment does not answer, or none can be started.
    Forbidden
        When the Jupyter Server that started this kernel does not accept its own token.
    """
    global _current
    with _lock:
        if _current is None or not _answers(_current, _PROBE_SECONDS):
            _current = _named() or _found(_PROBE_SECONDS) or _started()
        return _current


def connect_quickly(seconds: float = 0.5) -> Client | None:
    """Return a client if a server answers at once; never start one, never raise.

    For completion, which must not keep a person waiting.
    """
    global _current
    if not _lock.acquire(timeout=seconds):
        return None
    try:
        if _current is None or not _answers(_current, seconds):
            _current = _named(seconds) or _found(seconds)
        return _current
    except SwError:
        return None
    finally:
        _lock.release()


def forget() -> None:
    """Drop the connection; the next `connect` looks for a server anew."""
    global _current
    with _lock:
        _current = None


def _named(seconds: float = _PROBE_SECONDS) -> Client | None:
    server = connection.explicit()
    if server is None:
        return None
    client = Client(server)
    try:
        client.status(timeout=seconds)
    except ServerUnavailable as error:
        raise ServerUnavailable(
            error.message, hint=f"{connection.URL} names it; unset it to use another server."
        ) from error
    return client


def _found(seconds: float) -> Client | None:
    for server in _candidates():
        client = Client(server)
        try:
            client.status(timeout=seconds)
        except Forbidden:
            # The sidebar of this server would show jobs that we started elsewhere as missing, so
            # going on to another server is worse than saying what is wrong with this one.
            if server.origin == "parent" and not server.token:
                raise
        except (ServerUnavailable, ServerError):
            continue  # a server without the extension, or one that is just leaving
        else:
            return client
    return None


def _candidates() -> Iterator[Server]:
    yield from connection.parents()
    yield from connection.running()
    private = connection.private()
    if private:
        yield private


def _started() -> Client:
    from jupyter_sw.client import private

    return Client(private.start())


def _answers(client: Client, seconds: float) -> bool:
    try:
        client.status(timeout=seconds)
    except SwError:
        return False
    return True
