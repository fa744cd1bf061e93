"""The OpenAI door: any OpenAI client can talk to a running job.

The body goes to the job's own worker as it came and the answer comes back as it is written; here
it is only decided which job is meant.
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from jupyter_server.auth.decorator import authorized
from pydantic import ValidationError
from tornado import web

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import Timings
from jupyter_sw.schemas.jobs import JobKind, JobState
from jupyter_sw.server.base import SwHandler, wire_error

_TAIL = 4096  # bytes
_TIMINGS = re.compile(rb'"timings": ?(\{[^{}]*\})')


class OpenAIDoor(SwHandler):
    """Base: errors in OpenAI's form."""

    def error_body(self, status_code: int, exc_info: Any) -> dict[str, Any]:
        """Return OpenAI's error object with our reason as its code."""
        error = wire_error(status_code, exc_info[1] if exc_info else None)
        kind = "invalid_request_error" if status_code < 500 else "server_error"
        wire = error.to_wire()
        return {
            "error": {
                "message": str(error),
                "type": kind,
                "param": None,
                "code": wire["reason"],
                "hint": wire["hint"],
            }
        }


class OpenAIModelsHandler(OpenAIDoor):
    """The models that run now."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List running jobs as models; the id is the job's name."""
        running = self.house.jobs.find(state=JobState.RUNNING.value)
        data = [
            {
                "id": job.name,
                "object": "model",
                "created": int(job.running_at or job.created_at),
                "owned_by": job.model,
            }
            for job in running
            if job.kind is JobKind.SERVED
        ]
        self.finish(json.dumps({"object": "list", "data": data}))


class OpenAICompletionsHandler(OpenAIDoor):
    """Chat completions and completions."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Forward to the worker of the job that `model` names."""
        path = "/v1/" + self.request.path.partition("/jupyter-sw/v1/")[2]
        run = self.house.jobs.running(self._model())
        client = run.client
        assert client is not None, "running() gave a run that runs"
        with run.activity():
            await self.while_connected(self._forward(client.stream(path, self.request.body)))

    def _model(self) -> str | None:
        try:
            model = json.loads(self.request.body)["model"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise BadRequest("The body must be a JSON object that names a `model`.") from error
        if not isinstance(model, str):
            raise BadRequest("`model` must be a string: a job's id or name, or a model's name.")
        return model or None

    async def _forward(self, stream: Any) -> None:
        async with stream as answer:
            self.set_status(answer.status_code)
            self.set_header("Content-Type", answer.headers["Content-Type"])
            self.set_header("Cache-Control", "no-cache")
            self.set_header("X-Accel-Buffering", "no")
            tail = b""
            async for piece in answer.aiter_raw():
                self.write(piece)
                await self.flush()
                tail = (tail + piece)[-_TAIL:]
        _count(tail)


def _count(tail: bytes) -> None:
    """Count a reply by the timings at its end, without reading all of it."""
    from jupyter_sw.server import metrics

    found = _TIMINGS.findall(tail)
    if found:
        with contextlib.suppress(ValidationError):
            metrics.reply(Timings.model_validate_json(found[-1]))
