"""Time that neither a jump of the wall clock nor a sleep of the machine can bend."""

from __future__ import annotations

import time


def uptime() -> float:
    """Return seconds of a clock that is never set and that goes on while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Clock:
    """Seconds since the epoch that only jump when they are told to.

    A release time is shown as a moment of the wall clock, but what was agreed is a duration. When
    somebody sets the clock, `now` goes on steadily; `jump` tells by how much the wall clock has
    moved, so that all agreed moments can move with it at once.
    """

    def __init__(self) -> None:
        self._offset = time.time() - uptime()

    def now(self) -> float:
        """Return the time, in seconds since the epoch."""
        return uptime() + self._offset

    def jump(self, tolerance: float = 1.0) -> float:
        """Follow the wall clock; return by how many seconds it was set since the last call.

        What is less than `tolerance` is followed too, but not told: clocks are slewed all day.
        """
        moved = time.time() - uptime() - self._offset
        self._offset += moved
        return moved if abs(moved) > tolerance else 0.0
