"""Measures how long an event loop is ever held up."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

_EVERY = 0.005  # seconds between two looks at the clock


async def watch_loop(report: Path) -> None:
    """Write the longest delay of this loop so far, in seconds, into `report` as it grows.

    The delay is what a callback that was due at once had to wait for. Emptying the file starts
    the measurement anew.
    """
    longest = 0.0
    report.write_text("")
    while True:
        due = time.perf_counter() + _EVERY
        await asyncio.sleep(_EVERY)
        late = time.perf_counter() - due
        if report.stat().st_size == 0:
            longest = 0.0
        if late > longest:
            longest = late
            report.write_text(f"{longest:.6f}")
