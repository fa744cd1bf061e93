"""When the worker has to end, and the ways it ends that nothing can hold up.

Three clocks, each a fallback for the one before: the manager kills the worker; a thread of the
worker ends it; a timer of the kernel does, should a library hold the interpreter lock for long.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable

from jupyter_sw.clock import uptime
from jupyter_sw.schemas.worker import EXIT_LEASE_LAPSED, EXIT_RELEASED, Lease

log = logging.getLogger(__name__)

_RELEASE_GRACE = 1.0  # seconds the kernel's timer waits longer than the thread
_LEASE_GRACE = 10.0
_LOOK_EVERY = 5.0  # seconds
_CLEAN_UP = 0.5  # seconds the process waits for it at most


class Watchdog:
    """Ends the process at its release time, when its lease lapses, or on SIGTERM.

    Parameters
    ----------
    seconds
        Length of the first lease.
    clean_up
        Called once before the process ends; must be quick.
    """

    def __init__(self, seconds: float, clean_up: Callable[[], None]) -> None:
        self._clean_up = clean_up
        self._changed = threading.Condition()
        self._exiting = threading.Lock()
        self._lease_ends = uptime() + seconds
        self._release_at: float | None = None
        self.exit_code = EXIT_RELEASED
        """What a signal ends the process with."""

    def start(self) -> None:
        """Begin to watch. Call it in the main thread, before any other thread is started.

        Signals are taken by a thread that waits for them instead of by handlers: a handler runs
        only between two steps of the main thread, and llama.cpp installs its own.
        """
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self._arm()
        threading.Thread(target=self._wait_for_signal, name="signals", daemon=True).start()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def renew(self, lease: Lease) -> None:
        """Take a new lease and the release time that comes with it."""
        with self._changed:
            self._lease_ends = uptime() + lease.seconds
            self._release_at = None if lease.release_in is None else uptime() + lease.release_in
            self._arm()
            self._changed.notify()

    def exit(self, code: int, reason: str) -> None:
        """End the process now, whatever its other threads do."""
        if not self._exiting.acquire(blocking=False):
            return
        log.info("%s", reason)
        cleaning = threading.Thread(target=self._clean_up, name="clean up", daemon=True)
        cleaning.start()
        cleaning.join(_CLEAN_UP)
        os._exit(code)

    def _left(self) -> tuple[float, int, str]:
        """Return the seconds until the end, and how it will be explained."""
        lease = self._lease_ends - uptime()
        if self._release_at is not None:
            release = self._release_at - uptime()
            if release <= lease:
                return release, EXIT_RELEASED, "The release time has come; ending."
        return lease, EXIT_LEASE_LAPSED, "Nobody renewed the lease; ending."

    def _watch(self) -> None:
        with self._changed:
            while True:
                seconds, code, reason = self._left()
                if seconds <= 0:
                    break
                # Waiting stands still while the machine sleeps; the clock looked at does not.
                self._changed.wait(min(seconds, _LOOK_EVERY))
        self.exit(code, reason)

    def _wait_for_signal(self) -> None:
        number = signal.sigwait(_SIGNALS)
        self.exit(self.exit_code, f"Got {signal.Signals(number).name}; ending.")

    def _arm(self) -> None:
        """Set the kernel's timer; SIGALRM ends the process and needs no interpreter for it."""
        ends = self._lease_ends - uptime() + _LEASE_GRACE
        if self._release_at is not None:
            ends = min(ends, self._release_at - uptime() + _RELEASE_GRACE)
        signal.setitimer(signal.ITIMER_REAL, max(0.01, ends))


_SIGNALS = {signal.SIGTERM, signal.SIGINT}
