"""Opens JupyterLab on copies of the examples, so that trying them out changes no file of git."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKSPACE = ROOT / "build" / "lab"


def copy_examples() -> None:
    """Copy each example that is not there yet or has a newer original."""
    WORKSPACE.mkdir(parents=True, exist_ok=True)
    for example in (ROOT / "examples").glob("*.ipynb"):
        copy = WORKSPACE / example.name
        if not copy.exists() or copy.stat().st_mtime < example.stat().st_mtime:
            shutil.copy2(example, copy)


def main() -> None:
    """Become JupyterLab; further options are handed on to it."""
    copy_examples()
    options = [
        f"--ServerApp.root_dir={WORKSPACE}",
        "--LabApp.default_url=/lab/tree/quickstart.ipynb",
    ]
    if os.geteuid() == 0:
        options.append("--allow-root")
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *options, *sys.argv[1:]])


if __name__ == "__main__":
    main()
