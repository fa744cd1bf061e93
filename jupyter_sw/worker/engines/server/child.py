"""``python -m jupyter_sw.worker.engines.server.child PARENT COMMAND…`` becomes COMMAND.

It dies with its parent, whatever the parent dies of: a model must not stay in memory for nobody.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def main() -> None:
    """Set up the process and become the command."""
    parent, *command = sys.argv[1:]
    # The worker's watchdog waits for these with `sigwait`; the mask is inherited.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # gone before the line above
        sys.exit(1)
    try:
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.exit(f"{command[0]} could not be started: {error}")


if __name__ == "__main__":
    main()
