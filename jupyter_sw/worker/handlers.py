"""What all of the worker's HTTP handlers share, and the small ones."""

from __future__ import annotations

import json
import logging
from http.client import responses
from typing import Any

from tornado.web import HTTPError, RequestHandler

from jupyter_sw.errors import BadRequest, EngineError, Forbidden, NotFound, NotReady, SwError
from jupyter_sw.hangup import HangUp
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.worker import Lease
from jupyter_sw.worker.auth import Guard
from jupyter_sw.worker.generation import Generator
from jupyter_sw.worker.health import State
from jupyter_sw.worker.lease import Watchdog

log = logging.getLogger(__name__)

_STATUS = ((BadRequest, 400), (Forbidden, 401), (NotFound, 404), (NotReady, 503))
_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    503: "unavailable_error",
}


def error_status(error: SwError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def error_body(error: SwError) -> dict[str, Any]:
    """Return an error as OpenAI's clients read it, with our hint."""
    kind = _TYPES.get(error_status(error), "server_error")
    body = {"message": error.message, "type": kind, "code": error.reason, "hint": error.hint}
    return {"error": body}


class WorkerHandler(RequestHandler):
    """Checks the token before anything else and words errors."""

    guard: Guard
    state: State
    generator: Generator
    watchdog: Watchdog
    model_name: str

    def initialize(
        self,
        guard: Guard,
        state: State,
        generator: Generator,
        watchdog: Watchdog,
        model_name: str,
    ) -> None:
        """Take what the application holds."""
        self.guard = guard
        self.state = state
        self.generator = generator
        self.watchdog = watchdog
        self.model_name = model_name

    def prepare(self) -> None:
        """Refuse whoever has no token."""
        if not self.guard.allows(self.request.headers.get("Authorization", "")):
            raise Forbidden("This worker serves only the server that started it.")

    def json_body(self) -> Any:
        """Return the request's body; BadRequest when it isn't JSON."""
        try:
            return json.loads(self.request.body)
        except ValueError as error:
            raise BadRequest(f"The body is not JSON: {error}.") from error

    def check_etag_header(self) -> bool:
        """Answers are never the same twice."""
        return False

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write an error in OpenAI's form."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if not isinstance(error, SwError):
            if isinstance(error, HTTPError):
                error = BadRequest(responses.get(status_code, "Bad request"))
            else:
                error = EngineError(f"{type(error).__name__}: {error}")
            self.finish(error_body(error))
            return
        self.set_status(error_status(error))
        self.finish(error_body(error))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log a traceback only for what is a fault of ours."""
        if isinstance(value, SwError):
            log.info("%s %s: %s", self.request.method, self.request.path, value)
        elif not isinstance(value, HTTPError):
            log.error("%s failed", self.request.path, exc_info=(typ, value, tb))


class Answering(HangUp, WorkerHandler):
    """A ``POST`` that may take long, and ends when its client hangs up: nobody reads on."""

    async def answer(self, body: Any) -> None:
        """Answer a request; ended when the client hangs up."""
        raise NotImplementedError

    async def post(self) -> None:
        """Answer. A client that hangs up ends the generation."""
        await self.while_connected(self.answer(self.json_body()))


class Replying(Answering):
    """An answer that is generated: what the request leaves out is as the job has it."""

    sampling: dict[str, int | float]

    def initialize(self, sampling: dict[str, int | float], **shared: Any) -> None:  # type: ignore[override]  # passed by name
        """Take what the application holds; `sampling` has OpenAI's names."""
        super().initialize(**shared)
        self.sampling = sampling

    def json_body(self) -> Any:
        """Return the request's body with the job's defaults in it."""
        body = super().json_body()
        if not isinstance(body, dict):
            return body
        limits = ("max_tokens", "max_completion_tokens")
        limited = any(body.get(name) is not None for name in limits)
        left_out = {
            name: value
            for name, value in self.sampling.items()
            if body.get(name) is None and not (limited and name in limits)
        }
        return {**body, **left_out}


class Health(WorkerHandler):
    """``GET /health``."""

    def get(self) -> None:
        """Return the worker's state."""
        self.set_header("Content-Type", "application/json")
        self.finish(self.state.health().model_dump_json())


class LeaseRenewal(Health):
    """``POST /lease``."""

    def post(self) -> None:
        """Renew the worker's right to live and return its state."""
        self.watchdog.renew(parse(Lease, self.json_body()))
        self.get()


class Models(WorkerHandler):
    """``GET /v1/models``."""

    def get(self) -> None:
        """Return the one model in OpenAI's form."""
        info = self.state.require_ready()
        model = {
            "id": self.model_name,
            "object": "model",
            "created": 0,
            "owned_by": "jupyter_sw",
            "context_length": info.context,
        }
        self.finish({"object": "list", "data": [model]})


class NotThisModel(WorkerHandler):
    """What other models can do."""

    def initialize(self, hint: str, **shared: Any) -> None:  # type: ignore[override]  # passed by name
        """Take what the application holds, and what to do instead."""
        super().initialize(**shared)
        self.hint = hint

    def post(self) -> None:
        """Say so."""
        what = self.request.path.removeprefix("/v1/")
        raise BadRequest(f"{self.model_name} can't do {what}.", hint=self.hint)


class NoSuchPath(WorkerHandler):
    """Everything else."""

    def prepare(self) -> None:
        """Say so, to whoever has the token."""
        super().prepare()
        raise NotFound(f"There is no {self.request.path} here.")
