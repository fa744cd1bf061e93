"""Speaks HTTP to one worker over its Unix socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from jupyter_sw.errors import WorkerLost
from jupyter_sw.schemas.worker import Lease, WorkerHealth

# A model may think for minutes before its first token; a worker that is alive accepts at once.
_TIMEOUT = httpx.Timeout(None, connect=5.0)


class WorkerClient:
    """The HTTP client of one worker."""

    def __init__(self, socket: str, token: str) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(
                uds=socket, limits=httpx.Limits(max_connections=None, max_keepalive_connections=8)
            ),
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
        except (httpx.HTTPError, OSError) as error:
            raise WorkerLost(f"The worker does not answer ({type(error).__name__}).") from error

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
        except (httpx.HTTPError, OSError) as error:
            raise WorkerLost(
                f"The connection to the worker broke ({type(error).__name__}).",
                hint="Its job's log tells what happened.",
            ) from error

    async def close(self) -> None:
        """Drop the connections."""
        await self._http.aclose()
