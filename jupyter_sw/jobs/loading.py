"""Waits for a worker that is loading its model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from jupyter_sw.errors import SwError, WorkerLost
from jupyter_sw.runners.base import Worker
from jupyter_sw.schemas.quantities import format_duration
from jupyter_sw.schemas.worker import (
    EXIT_ENGINE_ENDED,
    EXIT_LEASE_LAPSED,
    Lease,
    Stage,
    WorkerHealth,
)

_LOOK_EVERY = 0.05  # seconds between two looks


async def until_loaded(
    worker: Worker, lease: Lease, tell: Callable[[WorkerHealth], None], stall_timeout: float
) -> WorkerHealth:
    """Keep a worker's lease until its model runs, and return its health then.

    Parameters
    ----------
    tell
        Hears of every change on the way.
    stall_timeout
        Seconds without any progress after which loading has stalled; it may take longer in all.

    Raises
    ------
    WorkerLost
        When the process ended or stalled.
    SwError
        What the worker says is wrong.
    """
    exited = asyncio.ensure_future(worker.wait())
    seen: tuple[object, ...] = ()
    moved = time.monotonic()
    try:
        while True:
            try:
                health = await worker.client.lease(lease)
            except WorkerLost:
                health = None  # its socket is not there yet, or it is gone: see below
            if exited.done():
                raise WorkerLost(f"The worker ended while loading ({exit_words(exited.result())}).")
            if health is not None:
                if health.stage is Stage.RUNNING:
                    return health
                if health.stage is Stage.FAILED:
                    raise SwError.from_wire(health.error or {})
                now = (health.stage, health.fraction, health.detail)
                if now != seen:
                    seen, moved = now, time.monotonic()
                    tell(health)
            if time.monotonic() - moved > stall_timeout:
                span = format_duration(stall_timeout)
                raise WorkerLost(f"Loading made no progress for {span}.")
            await asyncio.wait({exited}, timeout=_LOOK_EVERY)
    finally:
        exited.cancel()


def exit_words(code: int | None) -> str:
    """Say how a process ended."""
    if code is None:
        return "how is not known: a former server had started it"
    if code == EXIT_LEASE_LAPSED:
        return "it had not heard of its server for too long, as after a suspension"
    if code == EXIT_ENGINE_ENDED:
        return "the server that it had started for the model ended"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
