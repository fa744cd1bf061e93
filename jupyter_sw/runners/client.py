"""Speaks HTTP to one worker over its Unix socket, or its port where there are none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from jupyter_sw.errors import WorkerLost
from jupyter_sw.loopback import HOST, has_unix_sockets, port_at
from jupyter_sw.schemas.worker import Lease, WorkerHealth

# A model may think for minutes before its first token; a worker that is alive accepts at once.
_TIMEOUT = httpx.Timeout(None, connect=5.0)


class _Loopback(httpx.AsyncHTTPTransport):
    """Sends every request to the port that a file names, which appears when the worker listens."""

    def __init__(self, path: Path, limits: httpx.Limits) -> None:
        super().__init__(limits=limits)
        self._path = path

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; ConnectError when nobody listens."""
        try:
            port = port_at(self._path)
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        request.url = request.url.copy_with(host=HOST, port=port)
        return await super().handle_async_request(request)


def _transport(path: str) -> httpx.AsyncHTTPTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=8)
    if has_unix_sockets():
        return httpx.AsyncHTTPTransport(uds=path, limits=limits)
    return _Loopback(Path(path), limits)


class WorkerClient:
    """The HTTP client of one worker."""

    def __init__(self, socket: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            transport=_transport(socket),
            base_url="http://worker",
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"},
            timeout=_TIMEOUT,
        )

    async def lease(self, lease: Lease, timeout: float = 10.0) -> WorkerHealth:
        """Renew the lease and return the worker's state.

        Raises
        ------
        WorkerLost
            When it does not answer within `timeout` seconds.
        """
        try:
            answer = await self._http.post(
                "/lease", content=lease.model_dump_json(), timeout=timeout
            )
            answer.raise_for_status()
            return WorkerHealth.model_validate_json(answer.content)
        except httpx.HTTPError as error:
            raise WorkerLost(f"The worker does not answer ({type(error).__name__}).") from error

    async def let_go(self, timeout: float) -> None:
        """Have a kernel let go of its model; returns when it has.

        Raises
        ------
        WorkerLost
            When it does not within `timeout` seconds.
        """
        try:
            (await self._http.post("/end", timeout=timeout)).raise_for_status()
        except httpx.HTTPError as error:
            raise WorkerLost(f"The kernel does not answer ({type(error).__name__}).") from error

    @asynccontextmanager
    async def stream(self, path: str, body: bytes) -> AsyncIterator[httpx.Response]:
        """POST `body` and yield the response as it arrives; leaving the block breaks it off.

        Raises
        ------
        WorkerLost
            When the connection fails.
        """
        try:
            async with self._http.stream(
                "POST", path, content=body, headers={"Content-Type": "application/json"}
            ) as response:
                yield response
        except httpx.HTTPError as error:
            raise WorkerLost(
                f"The connection to the worker broke ({type(error).__name__}).",
                hint="Its job's log tells what happened.",
            ) from error

    async def close(self) -> None:
        """Drop the connections."""
        await self._http.aclose()
