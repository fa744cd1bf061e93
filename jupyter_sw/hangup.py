"""What is done for a client that may hang up before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler


class HangUp(RequestHandler):
    """Base of handlers whose work ends when their client hangs up.

    A hang-up shows in two ways, often at the same moment: a write fails, and tornado calls
    `on_connection_close`. Only the first of them may end the work. The second would break into
    its cleaning up, and whatever that had still to give back would be lost.
    """

    _work: asyncio.Future[None] | None = None
    _gone = False

    async def while_connected(self, work: Coroutine[Any, Any, None]) -> None:
        """Do `work`, which is ended when the client hangs up. That is no error."""
        self._work = asyncio.ensure_future(work)
        try:
            await asyncio.wait({self._work})
        except asyncio.CancelledError:  # it is we who are cancelled
            self._work.cancel()
            raise
        try:
            self._work.result()
        except (StreamClosedError, asyncio.CancelledError):
            return

    def flush(self, include_footers: bool = False) -> asyncio.Future[None]:
        """Send what is written; wait for the result to go only as fast as the client reads.

        Raises
        ------
        StreamClosedError
            From the result, when the client has hung up.
        """
        sent = super().flush(include_footers)
        if sent.done():
            self._sent(sent)
        else:
            sent.add_done_callback(self._sent)
        return sent

    def on_connection_close(self) -> None:
        """End the work, unless a write has done so."""
        super().on_connection_close()
        if self._work is not None and not self._gone:
            self._gone = True
            self._work.cancel()

    def _sent(self, sent: asyncio.Future[None]) -> None:
        if not sent.cancelled() and isinstance(sent.exception(), StreamClosedError):
            self._gone = True
