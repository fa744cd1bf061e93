"""Chats on disk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update

from jupyter_sw.errors import NotFound
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.store import Process
from jupyter_sw.jobs.tables import chats, turns
from jupyter_sw.schemas.chats import Chat, ChatDetail, Turn, TurnState

# The row's counts are derived from the turns, so they can never disagree with them.
_COUNT = (
    select(func.count()).where(turns.c.chat == chats.c.id).scalar_subquery().label("turn_count")
)


class ChatStore:
    """Reads and writes chats; every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._server = Process.of(os.getpid())

    async def list(self, job: str | None = None, text: str = "", limit: int = 500) -> list[Chat]:
        """Return chats, most recently used first; with `text`, those with it in name or turns."""
        query = select(chats, _COUNT).order_by(chats.c.updated_at.desc()).limit(limit)
        if job:
            query = query.where(chats.c.job == job)
        if text:
            said = [
                turns.c.document[field].as_string().icontains(text, autoescape=True)
                for field in ("content", "reply")
            ]
            query = query.where(
                chats.c.document["name"].as_string().icontains(text, autoescape=True)
                | exists().where(turns.c.chat == chats.c.id, or_(*said))
            )
        rows = await self._database.run(lambda connection: connection.execute(query).all())
        return [_chat(row) for row in rows]

    async def get(self, key: str) -> ChatDetail:
        """Return a chat with its turns.

        Raises
        ------
        NotFound
            When there is none.
        """

        def work(connection: Connection) -> ChatDetail:
            row = connection.execute(select(chats, _COUNT).where(chats.c.id == key)).first()
            if row is None:
                raise NotFound(f"There is no chat {key!r}.", hint="%sw chat starts one.")
            rows = connection.execute(select(turns).where(turns.c.chat == key).order_by(turns.c.n))
            documents = [self._turn(turn) for turn in rows]
            return ChatDetail(**_chat(row).model_dump(), turns=documents)

        return await self._database.run(work)

    async def add(self, chat: Chat, past: Sequence[Turn] = ()) -> None:
        """Write a new chat, and the turns it begins with."""

        def work(connection: Connection) -> None:
            connection.execute(
                insert(chats).values(
                    id=chat.id, job=chat.job, updated_at=chat.updated_at, document=_document(chat)
                )
            )
            if past:
                connection.execute(insert(turns), [self._row(chat.id, turn) for turn in past])

        await self._database.run(work)

    async def save(self, chat: Chat) -> None:
        """Write a chat's own fields."""
        await self._database.run(
            lambda connection: connection.execute(
                update(chats)
                .where(chats.c.id == chat.id)
                .values(updated_at=chat.updated_at, document=_document(chat))
            )
        )

    async def delete(self, key: str) -> None:
        """Forget a chat and its turns."""

        def work(connection: Connection) -> None:
            connection.execute(delete(turns).where(turns.c.chat == key))
            connection.execute(delete(chats).where(chats.c.id == key))

        await self._database.run(work)

    async def put_turn(self, chat: Chat, turn: Turn) -> None:
        """Write a turn in its place; turns after it are dropped."""

        def work(connection: Connection) -> None:
            connection.execute(delete(turns).where(turns.c.chat == chat.id, turns.c.n >= turn.n))
            connection.execute(insert(turns).values(self._row(chat.id, turn)))
            connection.execute(
                update(chats)
                .where(chats.c.id == chat.id)
                .values(updated_at=chat.updated_at, document=_document(chat))
            )

        await self._database.run(work)

    async def save_turn(self, chat: str, turn: Turn) -> bool:
        """Write a turn as it is now; return whether another server wants it stopped."""
        document = turn.model_dump(mode="json")

        def work(connection: Connection) -> bool:
            this = (turns.c.chat == chat, turns.c.n == turn.n)
            connection.execute(update(turns).where(*this).values(document=document))
            return bool(connection.execute(select(turns.c.stop).where(*this)).scalar())

        return await self._database.run(work)

    async def want_stopped(self, chat: str, n: int) -> None:
        """Have the server that writes a turn stop it with the next words that come."""
        await self._database.run(
            lambda connection: connection.execute(
                update(turns).where(turns.c.chat == chat, turns.c.n == n).values(stop=True)
            )
        )

    def _turn(self, row: Row[Any]) -> Turn:
        """Return a turn; one whose server is gone was interrupted, whatever the row says."""
        turn = Turn.model_validate(row.document)
        if turn.state is TurnState.RUNNING:
            writer = Process(row.server_pid, row.server_started)
            if writer != self._server and not writer.alive():
                return turn.model_copy(update={"state": TurnState.INTERRUPTED})
        return turn

    def _row(self, chat: str, turn: Turn) -> dict[str, Any]:
        return {
            "chat": chat,
            "n": turn.n,
            "document": turn.model_dump(mode="json"),
            "server_pid": self._server.pid,
            "server_started": self._server.started,
            "stop": False,
        }

    async def clear(self, key: str, first: int = 0) -> None:
        """Forget a chat's turns from `first` on."""
        await self._database.run(
            lambda connection: connection.execute(
                delete(turns).where(turns.c.chat == key, turns.c.n >= first)
            )
        )


def _document(chat: Chat) -> dict[str, Any]:
    return chat.model_dump(mode="json", exclude={"turn_count", "turns"})


def _chat(row: Row[Any]) -> Chat:
    return Chat.model_validate({**row.document, "turn_count": row.turn_count})
