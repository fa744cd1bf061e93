"""Speaks HTTP to one server: requests, server-sent events, and errors that people can read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from jupyter_sw.client.connection import Server
from jupyter_sw.errors import Forbidden, ServerError, ServerUnavailable, SwError

# A server whose event loop never waits answers in milliseconds; a far one may take seconds.
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# The server sends a comment at least every 15 s; a silent minute means that it is gone.
_STREAM_TIMEOUT = httpx.Timeout(60.0, connect=5.0)

_FORBIDDEN_HINT = (
    "Start Jupyter with a token, or set JUPYTER_SW_URL and JUPYTER_SW_TOKEN for this program."
)


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: str


class Http:
    """The HTTP connection to one server; safe to use from several threads."""

    def __init__(self, server: Server) -> None:
        self.server = server
        transport = httpx.HTTPTransport(uds=server.socket) if server.socket else None
        headers = {"Accept-Encoding": "identity"}
        if server.token:
            headers["Authorization"] = f"token {server.token}"
        self._http = httpx.Client(
            base_url=server.url + "jupyter-sw/",
            headers=headers,
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=not server.is_local,
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        body: object = None,
        timeout: float | None = None,
    ) -> httpx.Response:
        """Send a request and return its successful response.

        Parameters
        ----------
        path
            Below ``jupyter-sw/``.
        body
            Sent as JSON unless None.
        timeout
            Seconds; None for the usual 30.

        Raises
        ------
        SwError
            What the server says went wrong, as the type it had there.
        ServerUnavailable
            When there is no answer.
        """
        try:
            response = self._http.request(
                method,
                path,
                params=params,
                json=body,
                timeout=_TIMEOUT if timeout is None else timeout,
            )
        except (httpx.HTTPError, OSError) as error:
            raise self._unavailable(error) from error
        if not response.is_success:
            raise error_of(response)
        return response

    @contextmanager
    def stream(
        self, method: str, path: str, *, params: dict[str, Any] | None = None, body: object = None
    ) -> Iterator[Iterator[Event]]:
        """Send a request and yield the events of its response; leaving the block breaks it off.

        Raises
        ------
        SwError
            As `request`.
        """
        try:
            with self._http.stream(
                method, path, params=params, json=body, timeout=_STREAM_TIMEOUT
            ) as response:
                if not response.is_success:
                    response.read()
                    raise error_of(response)
                yield read_events(response.iter_bytes())
        except (httpx.HTTPError, OSError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Drop the connections."""
        self._http.close()

    def _unavailable(self, error: Exception) -> ServerUnavailable:
        return ServerUnavailable(
            f"The server at {self.server.url} does not answer ({type(error).__name__}).",
            hint="Is it still running? The next command looks for another one.",
        )


def error_of(response: httpx.Response) -> SwError:
    """Turn an unsuccessful response into the error it describes."""
    body = _json_object(response)
    if isinstance(body.get("error"), dict):  # OpenAI's form, on the OpenAI door
        inner = body["error"]
        hint = inner.get("hint") or ""
        # The message of an OpenAI error holds the hint, for clients that show nothing else.
        message = str(inner.get("message") or "").removesuffix(hint).rstrip()
        body = {"message": message, "reason": inner.get("code") or "server_error", "hint": hint}
    url = response.request.url.copy_with(query=None)
    if response.status_code in {302, 401, 403}:
        hint = body.get("hint") or _FORBIDDEN_HINT
        return Forbidden(f"The server at {url} refuses this program.", hint=hint)
    if body.get("reason") and body.get("message"):
        return SwError.from_wire(body)
    said = body.get("message") or response.reason_phrase
    return ServerError(f"{url} answered {response.status_code}: {said}")


def read_events(chunks: Iterator[bytes]) -> Iterator[Event]:
    """Parse a stream of server-sent events.

    Lines are split on line feeds only: JSON may hold other characters that `str.splitlines` and
    httpx take for line ends.
    """
    name, rest = "message", b""
    data: list[str] = []
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r").decode("utf-8", "replace")
            key, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line and data:
                yield Event(name, "\n".join(data))
            if not line:
                name, data = "message", []
            elif key == "event":
                name = value
            elif key == "data":
                data.append(value)


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        body = json.loads(response.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
