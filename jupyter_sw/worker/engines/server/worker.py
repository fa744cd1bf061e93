"""A worker whose model is held by a server that it starts."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyter_sw.schemas.worker import EXIT_ENGINE_ENDED, EngineInfo, WorkerSpec
from jupyter_sw.worker.app import Worker
from jupyter_sw.worker.engines.server.engine import OpenAIServer
from jupyter_sw.worker.engines.server.forward import Forward
from jupyter_sw.worker.engines.server.upstream import Upstream

log = logging.getLogger(__name__)


class ServerWorker(Worker):
    """Looks after the server, passes requests on to it, and ends when it does."""

    def __init__(self, spec: WorkerSpec) -> None:
        super().__init__(spec)
        self._server = OpenAIServer(spec, self._ended)
        self._upstream = Upstream(self._server, spec.system)

    def _make_engine(self) -> OpenAIServer:
        return self._server

    def _open(self, info: EngineInfo) -> None:
        self._watching = asyncio.create_task(self._watch())

    def _completions(self, shared: dict[str, Any]) -> list[Any]:
        return [
            (
                r"/v1/(?:chat/)?completions",
                Forward,
                {**shared, "sampling": self._spec.sampling, "upstream": self._upstream},
            ),
        ]

    async def _watch(self) -> None:
        self._ended(await self._upstream.watch(self._state))

    def _ended(self, reason: str) -> None:
        log.error("%s", reason)
        self._watchdog.exit(EXIT_ENGINE_ENDED, "Ending.")
