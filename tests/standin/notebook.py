"""``python -m tests.standin.notebook``: Notebook 7 on a server whose workers are the stand-in's."""

from __future__ import annotations

from notebook.app import main

from jupyter_sw.runners.local import LocalRunner

LocalRunner.module = "tests.standin.worker"

if __name__ == "__main__":
    main()
