"""What all handlers share: JSON in and out, errors to status codes, streams to watchers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado import web

from jupyter_sw import errors
from jupyter_sw.hangup import HangUp
from jupyter_sw.schemas.base import Request, Wire, parse
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.server.house import House

AUTH_RESOURCE = "jupyter_sw"
R = TypeVar("R", bound=Request)

_STATUS: dict[type[errors.SwError], int] = {
    errors.BadRequest: 400,
    errors.TooLarge: 413,
    errors.UnsafeModel: 400,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.WrongState: 409,
    errors.CannotFit: 422,
    errors.FetchError: 502,
    errors.WorkerLost: 502,
    errors.NotReady: 503,
    errors.StoreError: 507,
}
_LONGEST_BODY = 8 * 2**20  # bytes; the longest context that anybody runs is a few MiB of text
_SOON = 0.5  # seconds after which a stream that has nothing to say says that it is there
_KEEP_ALIVE = 15.0  # seconds of silence after which a stream sends a comment


def status_of(error: errors.SwError) -> int:
    """Return the HTTP status of an error: its own, or its nearest ancestor's."""
    return next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 500)


class SwHandler(HangUp, APIHandler):
    """Base of all handlers."""

    auth_resource = AUTH_RESOURCE

    @property
    def house(self) -> House:
        """Return the managers."""
        house: House = self.settings["jupyter_sw"]
        return house

    @property
    def _track_activity(self) -> bool:  # type: ignore[override]
        """Looking is not activity: a page that polls must not keep an idle server alive."""
        return self.request.method not in ("GET", "HEAD")

    async def prepare(self, **kwargs: Any) -> None:
        """Authenticate, then wait until the store is open."""
        await super().prepare(**kwargs)
        if not self._finished:
            if len(self.request.body or b"") > _LONGEST_BODY:
                raise errors.TooLarge(
                    f"The body has {format_bytes(len(self.request.body))}; "
                    f"{format_bytes(_LONGEST_BODY)} is the most.",
                    hint="Send less at once.",
                )
            self.house.last_request = time.time()
            await self.house.started()

    def body(self, kind: type[R]) -> R:
        """Return the request's JSON body as `kind`; BadRequest when it isn't one."""
        try:
            data = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise errors.BadRequest(f"The body is not JSON: {error}.") from error
        return parse(kind, data)

    def reply(self, model: Wire, status: int = 200) -> None:
        """Finish with a model as JSON."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(model.model_dump_json())

    def offset(self, name: str) -> int:
        """Return a query argument that is a place to resume from; 0 when it is missing."""
        text = self.get_query_argument(name, "0")
        if not text.isdecimal():
            raise errors.BadRequest(f"{name} must be a number of 0 or more, not {text!r}.")
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a query argument that is a yes or no."""
        return self.get_query_argument(name, "false").lower() in ("1", "true", "yes")

    async def stream(self, events: AsyncIterator[tuple[str, Wire | None]]) -> None:
        """Send server-sent events until they end or the watcher is gone."""
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Accel-Buffering", "no")
        await self.while_connected(self._send(events))

    async def _send(self, events: AsyncIterator[tuple[str, Wire | None]]) -> None:
        pending: asyncio.Future[tuple[str, Wire | None]] | None = None
        silence = _SOON
        try:
            while True:
                pending = pending or asyncio.ensure_future(anext_of(events))
                done, _ = await asyncio.wait({pending}, timeout=silence)
                silence = _KEEP_ALIVE
                if not done:
                    self.write(": still here\n\n")
                    await self.flush()
                    continue
                try:
                    name, model = pending.result()
                except StopAsyncIteration:
                    return
                finally:
                    pending = None
                data = model.model_dump_json() if model is not None else "{}"
                self.write(f"event: {name}\ndata: {data}\n\n")
                await self.flush()
        finally:
            if pending is not None:
                pending.cancel()

    # Errors -----------------------------------------------------------------------------------

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Give our errors their own status."""
        error = kwargs.get("exc_info", (None, None))[1]
        if isinstance(error, errors.SwError):
            status_code = status_of(error)
        super().send_error(status_code, **kwargs)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write ``{"message", "reason", "hint"}``."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(self.error_body(status_code, kwargs.get("exc_info"))))

    def error_body(self, status_code: int, exc_info: Any) -> dict[str, Any]:
        """Return the body of an error response."""
        return wire_error(status_code, exc_info[1] if exc_info else None).to_wire()

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is our fault with its traceback; what we tell the client, in one line."""
        if isinstance(value, errors.SwError):
            self.log.info("%s %s: %s", self.request.method, self.request.path, value)
        else:
            super().log_exception(typ, value, tb)


def wire_error(status: int, error: BaseException | None) -> errors.SwError:
    """Return any error as one of ours; a bug's text stays in the log."""
    if isinstance(error, errors.SwError):
        return error
    if isinstance(error, web.HTTPError):
        message = error.log_message or error.reason or f"HTTP {status}"
    else:
        message = "The request was refused." if status < 500 else "The server failed."
    kinds = {
        400: errors.BadRequest,
        401: errors.Forbidden,
        403: errors.Forbidden,
        404: errors.NotFound,
    }
    hint = "The server's log tells more." if status >= 500 else ""
    return kinds.get(status, errors.ServerError)(message, hint=hint)


async def anext_of(events: AsyncIterator[tuple[str, Wire | None]]) -> tuple[str, Wire | None]:
    """Return the next event; a coroutine, so that it can be a task."""
    return await events.__anext__()
