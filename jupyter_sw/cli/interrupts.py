"""Ctrl+C that is heard wherever it falls."""

from __future__ import annotations

import _thread
import signal
import sys
import threading

_AGAIN_AFTER = 0.05  # seconds; by then the finalizer has been left


def heed_interrupts() -> None:
    """Raise `KeyboardInterrupt` again when Python had to drop it.

    In a finalizer or a weak reference's callback, which may run at any moment, nobody can catch an
    exception: Python reports it and goes on, and a program that waits then waits on.
    """
    sys.unraisablehook = _raise_again


def _raise_again(dropped: sys.UnraisableHookArgs) -> None:
    if issubclass(dropped.exc_type, KeyboardInterrupt):
        threading.Timer(_AGAIN_AFTER, _interrupt_main).start()
    else:
        sys.__unraisablehook__(dropped)


def _interrupt_main() -> None:
    if hasattr(signal, "pthread_kill"):  # wakes a main thread that waits for the network, too
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()
