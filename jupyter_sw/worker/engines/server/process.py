"""The server's process: started in the worker's group, watched, never left behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable

import psutil


class ServerProcess:
    """A child of the worker; what it prints goes where the worker prints, the job's log.

    Parameters
    ----------
    command
        Its words.
    environment
        Set besides the worker's own.
    on_exit
        Called with its exit code, from a thread, when it ended by itself.
    """

    def __init__(
        self, command: list[str], environment: dict[str, str], on_exit: Callable[[int], None]
    ) -> None:
        self._command = command
        self._environment = environment
        self._on_exit = on_exit
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        # Linux ends the child with the *thread* that started it: this one stays until its end.
        threading.Thread(target=self._live, name="server process", daemon=True).start()
        self._started.wait()

    @property
    def exit_code(self) -> int | None:
        """Return how it ended, None while it lives."""
        return None if self._process is None else self._process.poll()

    def memory(self) -> int:
        """Return the bytes that it and its children hold in the machine's memory."""
        total = 0
        with contextlib.suppress(psutil.Error):
            for process in psutil.Process(os.getpid()).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
        return total

    def close(self) -> None:
        """Kill it: like the worker itself, it has nothing to save."""
        self._closed = True
        if self._process is not None:
            self._process.kill()

    def _live(self) -> None:
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.child", str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                env={**os.environ, **self._environment},
            )
        finally:
            self._started.set()
        code = self._process.wait()
        if not self._closed:
            self._on_exit(code)
