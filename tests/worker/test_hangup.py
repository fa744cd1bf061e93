"""A client that hangs up ends the work, and does not end its cleaning up."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from jupyter_sw.hangup import HangUp

TIDY = "its cleaning up was done"
CUT = "its cleaning up was broken into"


class Work(HangUp):
    """Waits, or writes when its connection is closed. Its cleaning up takes a moment."""

    async def get(self) -> None:
        await self.while_connected(self.work(self.application.settings["news"]))

    async def work(self, news: asyncio.Queue[str]) -> None:
        try:
            await self.flush()
            if self.get_argument("write", "") == "":
                await asyncio.sleep(60)
            stream = self.request.connection.stream  # type: ignore[union-attr]  # it has one
            while not stream.closed():
                await asyncio.sleep(0)
            self.write("this fails, and only then tornado calls on_connection_close")
            await self.flush()
        finally:
            try:
                await asyncio.sleep(0.2)
                news.put_nowait(TIDY)
            except asyncio.CancelledError:
                news.put_nowait(CUT)
                raise


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[int, "asyncio.Queue[str]"]]:
    news: asyncio.Queue[str] = asyncio.Queue()
    listener, port = bind_unused_port()
    server = HTTPServer(Application([("/", Work)], news=news))
    server.add_sockets([listener])
    try:
        yield port, news
    finally:
        server.stop()


@pytest.mark.parametrize("query", ["", "?write=1"], ids=["while it waits", "while it writes"])
@pytest.mark.parametrize("abruptly", [False, True], ids=["closed", "reset"])
def test_the_work_is_ended_once(query: str, abruptly: bool) -> None:
    async def go() -> str:
        async with serving() as (port, news):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET /{query} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            await reader.readexactly(8)
            if abruptly:
                linger = struct.pack("ii", 1, 0)
                raw: socket.socket = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            writer.transport.abort()
            return await asyncio.wait_for(news.get(), 10)

    assert asyncio.run(go()) == TIDY
