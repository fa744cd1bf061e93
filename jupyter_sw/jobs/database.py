"""The database file: its tables, its settings, its migrations, and the one thread that uses it.

SQLite in WAL mode by default, any SQLAlchemy URL by setting. What callers await is on disk when
they go on, so nothing a client was told is lost by ``kill -9``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
)

T = TypeVar("T")

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("project", String(80), nullable=False, index=True),
    Column("state", String(16), nullable=False, index=True),
    Column("created_at", Float, nullable=False, index=True),
    Column("document", JSON, nullable=False),
    # Who drives the job: a server is told apart from a later one with the same pid by its start.
    Column("server_pid", Integer, nullable=False),
    Column("server_started", Float, nullable=False),
    # {pid, started, socket, token} while a worker lives; the file is readable by its owner only.
    Column("worker", JSON),
    # What was asked for: what a rerun, a resume after a restart and an adoption start from.
    Column("request", JSON),
    # When the row last changed: how another server of the same user learns of it.
    Column("updated_at", Float, nullable=False, index=True),
)

job_events = Table(
    "job_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("time", Float, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("cause", String(32), nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("created_at", Float, nullable=False),
)

# What one server asks of the server that drives a job, and its answer.
commands = Table(
    "commands",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("verb", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("answer", JSON),
)

chats = Table(
    "chats",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(32), nullable=False, index=True),
    Column("updated_at", Float, nullable=False, index=True),
    Column("document", JSON, nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("chat", String(32), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("document", JSON, nullable=False),
)


class Database:
    """One engine and one thread.

    SQLite writes one at a time anyway; a single thread keeps the order of what the event loop
    asked for and keeps the loop free.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sw-database")

    @classmethod
    def in_directory(cls, directory: Path) -> Database:
        """Return the SQLite database kept in `directory`."""
        return cls(f"sqlite:///{directory / 'sw.sqlite'}")

    async def open(self) -> None:
        """Connect, bring the tables to this version's schema."""
        await self._in_thread(self._open)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction, off the event loop; committed when this returns."""
        return await self._in_thread(lambda: self._transaction(work))

    async def close(self) -> None:
        """Finish what was asked and disconnect."""
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        engine = create_engine(self.url)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
        with engine.begin() as connection:
            _migrate(connection)
        if engine.url.database and engine.dialect.name == "sqlite":
            Path(engine.url.database).chmod(0o600)
        self._engine = engine

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        assert self._engine is not None, "open() comes first"
        with self._engine.begin() as connection:
            return work(connection)

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL + NORMAL survives the death of any process; a power cut may cost the last moment.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
