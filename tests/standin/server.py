"""``python -m tests.standin.server``: a private server whose workers are the stand-in's."""

from __future__ import annotations

from jupyter_sw.runners.local import LocalRunner
from jupyter_sw.server.private import main

LocalRunner.module = "tests.standin.worker"

if __name__ == "__main__":
    main()
