"""A private server that kills itself at a chosen write to its store.

``SW_TEST_CRASH`` is ``before:N`` or ``after:N``: just before or just after the N-th commit that
wrote something, so that nobody was told of it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from jupyter_sw.jobs.database import Database
from jupyter_sw.server.private import main

_when, _, _number = os.environ["SW_TEST_CRASH"].partition(":")
_left = [int(_number)]
_transaction = Database._transaction


def _crash() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _counted(self: Database, work: Callable[[Connection], Any], *, lock: bool = True) -> Any:
    def watched(connection: Connection) -> Any:
        raw: Any = connection.connection.dbapi_connection
        before = raw.total_changes
        result = work(connection)
        if raw.total_changes != before:
            _left[0] -= 1
            if _left[0] == 0 and _when == "before":
                _crash()
        return result

    result = _transaction(self, watched, lock=lock)
    if _left[0] == 0:
        _crash()
    return result


Database._transaction = _counted  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    main()
