"""The worker's log: one format, all of it on standard error, which the server keeps in a file."""

from __future__ import annotations

import logging
import time

_NOISY = ("filelock", "urllib3", "tornado.access")


class _Formatter(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{seconds}.{int(record.msecs):03d}Z"


def configure() -> None:
    """Send every logger to standard error as ``2026-11-23T12:00:00.123Z INFO name: text``."""
    logging.raiseExceptions = False  # who writes the log may be gone; the model goes on
    handler = logging.StreamHandler()
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def adopt(*names: str) -> None:
    """Take over loggers of libraries that bring their own handlers; keep their warnings."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
