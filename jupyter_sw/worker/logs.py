"""The worker's log: one format, all of it on standard error, which the server keeps in a file."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
from typing import Any

_NOISY = ("filelock", "urllib3", "tornado.access")


class _Formatter(logging.Formatter):
    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - logging's name
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        return f"{seconds}.{int(record.msecs):03d}Z"


class _Enduring(io.TextIOWrapper):
    """A standard stream that goes on when who reads it, the log's writer, is gone."""

    @classmethod
    def of(cls, stream: Any) -> _Enduring:
        return cls(stream.buffer, encoding="utf-8", errors="backslashreplace", line_buffering=True)

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            self._let_go()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            self._let_go()

    def _let_go(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def configure() -> None:
    """Send every logger to standard error as ``2026-11-23T12:00:00.123Z INFO name: text``."""
    sys.stdout, sys.stderr = _Enduring.of(sys.stdout), _Enduring.of(sys.stderr)
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
