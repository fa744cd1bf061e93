"""Brings weight files into the page cache while other things are done."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import psutil

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.base import Report

_PART = 16 * 2**20  # bytes
_AT_ONCE = 4  # parts; a disk on a network answers several reads in the time of one
_LOOK_EVERY = 0.1  # seconds


class ReadAhead:
    """Reads files, several parts at a time, from the moment it is made.

    Files that do not fit into free memory are left alone: their beginning would be gone again when
    their end is read.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        sizes = {path: path.stat().st_size for path in paths if path.is_file()}
        self.total = sum(sizes.values())
        self.done = 0
        self._counting = threading.Lock()
        self._parts: list[Future[None]] = []
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="read ahead")
        if self.total <= psutil.virtual_memory().available:
            for path, size in sizes.items():
                for start in range(0, size, _PART):
                    self._parts.append(self._pool.submit(self._read, path, start))
        self._pool.shutdown(wait=False)

    def wait(self, report: Report) -> None:
        """Return when all is read, and report the bytes until then.

        Raises
        ------
        EngineError
            When a file cannot be read.
        """
        waiting: set[Future[None]] = set(self._parts)
        while waiting:
            finished, waiting = wait(waiting, timeout=_LOOK_EVERY)
            for part in finished:
                self._check(part)
            words = f"{format_bytes(self.done)} of {format_bytes(self.total)}"
            report(Stage.LOADING, self.done / self.total, words)

    @staticmethod
    def _check(part: Future[None]) -> None:
        error = part.exception()
        if isinstance(error, OSError):
            raise EngineError(f"{error.filename} can't be read: {error.strerror}.") from error
        if error is not None:
            raise error

    def _read(self, path: Path, start: int) -> None:
        with path.open("rb", buffering=0) as file:
            try:
                count = len(os.pread(file.fileno(), _PART, start))
            except OSError as error:
                error.filename = str(path)
                raise
        with self._counting:
            self.done += count
