"""Brings a model's file into the page cache."""

from __future__ import annotations

from pathlib import Path

import psutil

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.base import Report

_READ = 16 * 2**20  # bytes


def read_ahead(path: Path, report: Report) -> None:
    """Read the file once, so that it is in the page cache when llama.cpp maps it.

    xllamacpp holds the interpreter lock while it loads. Read here, the slow part of a load shows
    its progress and leaves the worker able to answer.
    """
    try:
        total = path.stat().st_size
        if total > psutil.virtual_memory().available:
            return  # the beginning would be gone when the end is read
        done = 0
        buffer = bytearray(_READ)
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                done += count
                report(
                    Stage.LOADING, done / total, f"{format_bytes(done)} of {format_bytes(total)}"
                )
    except OSError as error:
        raise EngineError(f"{path} can't be read: {error.strerror}.") from error
