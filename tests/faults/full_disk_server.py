"""A private server whose store finds the disk full while the file ``SW_TEST_FULL`` is there."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from jupyter_sw.jobs.database import Database
from jupyter_sw.server.private import main

_filler = Path(os.environ["SW_TEST_FULL"])
_transaction = Database._transaction


def _on_a_full_disk(self: Database, work: Callable[[Connection], Any], *, lock: bool = True) -> Any:
    def written(connection: Connection) -> Any:
        raw: Any = connection.connection.dbapi_connection
        before = raw.total_changes
        result = work(connection)
        if raw.total_changes != before and _filler.exists():
            full = sqlite3.OperationalError("database or disk is full")
            raise OperationalError("INSERT", None, full)
        return result

    return _transaction(self, written, lock=lock)


Database._transaction = _on_a_full_disk  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    main()
