"""llama.cpp's own HTTP routes, which the server in this process offers on a private socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any

from jupyter_sw.errors import BadRequest


class LocalRoutes:
    """Calls the routes; blocking.

    Parameters
    ----------
    address
        Path of the Unix socket, or `host:port`.
    key
        What llama.cpp asks for.
    """

    def __init__(self, address: Path | str, key: str) -> None:
        self._address = address
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Connection": "close",
        }

    def get(self, route: str) -> dict[str, Any]:
        """Return what a route tells. Raises as `post` does."""
        return self._ask("GET", route, None)

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of a route.

        Raises
        ------
        BadRequest
            When llama.cpp refuses the body.
        """
        return self._ask("POST", route, json.dumps(body))

    def _ask(self, method: str, route: str, body: str | None) -> dict[str, Any]:
        connection: http.client.HTTPConnection
        if isinstance(self._address, Path):
            connection = _UnixConnection(str(self._address))
        else:
            connection = http.client.HTTPConnection(self._address)
        try:
            connection.request(method, route, body, self._headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise BadRequest(str(answer.get("error", {}).get("message", answer)))
        return answer


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("llama")
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)
