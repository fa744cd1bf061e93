"""Chats and their turns over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

from jupyter_server.auth.decorator import authorized
from tornado import web

from jupyter_sw.errors import NotFound
from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.chats import ChatPatch, ChatRequest, Chats, Turn, TurnDelta, TurnRequest
from jupyter_sw.server.base import SwHandler


class ChatsHandler(SwHandler):
    """All conversations."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List conversations, most recently used first; those with a text in them."""
        chats = await self.house.chats.list(
            self.get_query_argument("job", None), self.get_query_argument("text", "")
        )
        self.reply(Chats(chats=chats))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Start a conversation."""
        self.reply(await self.house.chats.create(self.body(ChatRequest)), status=201)


class ChatHandler(SwHandler):
    """One conversation."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Return a conversation with its turns."""
        self.reply(await self.house.chats.get(key))

    @web.authenticated
    @authorized
    async def patch(self, key: str) -> None:
        """Change its name, system prompt or sampling."""
        self.reply(await self.house.chats.patch(key, self.body(ChatPatch)))

    @web.authenticated
    @authorized
    async def delete(self, key: str) -> None:
        """Forget a conversation."""
        await self.house.chats.delete(key)
        self.set_status(204)
        self.finish()


class TurnsHandler(SwHandler):
    """The turns of a conversation."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Say something; the answer runs to its end whoever watches."""
        self.reply(await self.house.chats.say(key, self.body(TurnRequest)), status=202)

    @web.authenticated
    @authorized
    async def delete(self, key: str) -> None:
        """Forget all turns, or those from one on."""
        self.reply(await self.house.chats.clear(key, self.offset("from")))


class TurnHandler(SwHandler):
    """One turn."""

    @web.authenticated
    @authorized
    async def get(self, key: str, n: str) -> None:
        """Watch a turn from an offset to its end."""
        await self.stream(_events(self.house.chats.watch(key, _place(n), self.offset("from"))))

    @web.authenticated
    @authorized
    async def delete(self, key: str, n: str) -> None:
        """Stop a running turn; what has arrived stays."""
        self.reply(await self.house.chats.stop_turn(key, _place(n)))


async def _events(news: AsyncIterator[TurnDelta | Turn]) -> AsyncIterator[tuple[str, Wire | None]]:
    async for item in news:
        yield ("turn" if isinstance(item, Turn) else "delta"), item


def _place(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound(f"There is no turn {text!r}.", hint="Turns are numbered from 0.")
    return int(text)
