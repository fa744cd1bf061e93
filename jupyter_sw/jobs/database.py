"""The database file: its settings, its migrations, and the one thread that uses it.

SQLite in WAL mode by default, any SQLAlchemy URL by setting. What callers await is on disk when
they go on, so nothing a client was told is lost by ``kill -9`` or a power cut.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError, OperationalError

from jupyter_sw.errors import StoreError

T = TypeVar("T")
_LOCKING = "sw_lock"
log = logging.getLogger(__name__)


class Database:
    """One engine and one thread.

    SQLite writes one at a time anyway; a single thread keeps the order of what the event loop
    asked for and keeps the loop free.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.notice = ""
        """What a person should know about how it was opened; empty as a rule."""
        self._version = 0
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
        """Do `work` in one transaction, off the event loop; committed when this returns.

        The transaction holds the write lock from its beginning: what it reads stays true until it
        has written, whatever other servers do.

        Raises
        ------
        StoreError
            When the file cannot be read or written; nothing of `work` was done then.
        """
        return await self._in_thread(lambda: self._transaction(work))

    async def changed_by_others(self) -> bool:
        """Tell whether another process wrote since this was last asked (True where unknown)."""
        return await self._in_thread(self._look)

    async def close(self) -> None:
        """Finish what was asked and disconnect."""
        await self._in_thread(self._close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _open(self) -> None:
        try:
            self._engine = self._connect()
        except (DatabaseError, CommandError, OSError) as error:
            if isinstance(error, (OperationalError, OSError)) or not self._file:
                raise _store_error(error) from error
            self.notice = _set_aside(self._file, error)
            log.warning("%s", self.notice)
            self._engine = self._connect()

    def _connect(self) -> Engine:
        engine = create_engine(self.url)
        try:
            if self._file:
                # Before SQLite opens it: what it keeps beside it gets the same mode.
                self._file.touch(0o600)
                for part in self._file.parent.glob(f"{self._file.name}*"):
                    part.chmod(0o600)
                event.listen(engine, "connect", _prepare_sqlite)
                event.listen(engine, "begin", _begin)
            with engine.begin() as connection:
                _migrate(connection)
            if self._file:
                with engine.begin() as connection:
                    found = connection.execute(text("PRAGMA quick_check(1)")).scalar_one()
                if found != "ok":
                    raise DatabaseError("PRAGMA quick_check", None, Exception(found))
        except BaseException:
            engine.dispose()
            raise
        return engine

    @property
    def _file(self) -> Path | None:
        """Return SQLite's file, None for another kind of database."""
        url = make_url(self.url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    def _transaction(self, work: Callable[[Connection], T], *, lock: bool = True) -> T:
        assert self._engine is not None, "open() comes first"
        try:
            with self._engine.connect() as connection:
                connection.execution_options(**{_LOCKING: lock})
                with connection.begin():
                    return work(connection)
        except DatabaseError as error:
            raise _store_error(error) from error

    def _look(self) -> bool:
        if self._file is None:
            return True
        # SQLite counts the commits of other connections; the one thread has the one connection.
        version = self._transaction(
            lambda connection: int(connection.execute(text("PRAGMA data_version")).scalar_one()),
            lock=False,
        )
        changed, self._version = version != self._version, version
        return changed

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes late and never locks; see SQLAlchemy's notes on pysqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin(connection: Connection) -> None:
    lock = connection.get_execution_options().get(_LOCKING, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if lock else "BEGIN")


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _set_aside(file: Path, error: Exception) -> str:
    """Move a database that cannot be used out of the way; return what to tell about it."""
    stamp = time.strftime("%Y%m%dT%H%M%S")
    newer = isinstance(error, CommandError)
    kept = file.with_name(f"{file.stem}.{'newer' if newer else 'damaged'}-{stamp}{file.suffix}")
    for suffix in ("", "-wal", "-shm"):
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.replace(kept.with_name(kept.name + suffix))
    why = (
        "was written by a newer version of jupyter_sw"
        if newer
        else f"is damaged ({getattr(error, 'orig', error)})"
    )
    return (
        f"The job store {file} {why}. It was kept as {kept.name}, and a new one was begun; "
        "jobs and chats of before are not shown."
    )


def _store_error(error: Exception) -> StoreError:
    """Say in a person's words what SQLite complains about."""
    said = str(getattr(error, "orig", error))
    hint = "The Jupyter Server's log has the rest."
    if "full" in said or "No space" in said:
        hint = "Free some space on the disk of Jupyter's data directory, then try again."
    elif "readonly" in said or "unable to open" in said or isinstance(error, OSError):
        hint = (
            "Let the server's user write to its data directory, or choose another one: "
            "c.SwApp.data_dir."
        )
    elif "locked" in said:
        hint = "Another process holds the store; try again in a moment."
    return StoreError(f"The job store cannot be used: {said}.", hint=hint)
