"""Tells whether it was memory that an engine ran out of."""

from __future__ import annotations

import errno

from jupyter_sw.errors import OutOfMemory


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Look at an error and at what caused it."""
    while error is not None:
        if isinstance(error, MemoryError) or OutOfMemory.told_by(str(error)):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        error = error.__cause__ or error.__context__
    return False
