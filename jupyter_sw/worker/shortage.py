"""Why a load failed; above all whether it was memory that ran out."""

from __future__ import annotations

import errno
import logging

from jupyter_sw.errors import EngineError, OutOfMemory, SwError

log = logging.getLogger(__name__)


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Look at an error and at what caused it."""
    while error is not None:
        if isinstance(error, MemoryError) or OutOfMemory.told_by(str(error)):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        error = error.__cause__ or error.__context__
    return False


def loading_error(error: Exception) -> SwError:
    """Return the error to tell of a load that failed; what nobody expected is logged whole."""
    if ran_out_of_memory(error):
        return OutOfMemory(f"Memory ran out while loading: {error}".rstrip(" :"))
    if isinstance(error, SwError):
        return error
    log.error("Loading failed", exc_info=error)
    return EngineError(f"Loading failed: {type(error).__name__}: {error}")
