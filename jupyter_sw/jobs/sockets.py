"""Where a worker's socket lies."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

_LONGEST = 100  # bytes; the kernel's limit for a Unix socket's path is 104 to 108


def socket_path(job: str) -> Path:
    """Return a path for a job's socket in a directory only this user may enter.

    The Jupyter runtime directory, or a directory in the system's temporary one when the former's
    path is too long for a Unix socket.
    """
    directory = Path(jupyter_runtime_dir()) / "sw"
    if len(os.fsencode(directory / f"{job}.sock")) > _LONGEST:
        directory = Path(tempfile.gettempdir()) / f"jupyter-sw-{os.getuid()}"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()  # not where a link leads: anybody may leave one in a temporary place
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{directory} is no directory of yours.")
    directory.chmod(0o700)
    return directory / f"{job}.sock"
