"""Starts one of `peers` and speaks to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


class Peer:
    """A peer process that is spoken to line by line."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.peers", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
        self.hello = self.read()

    def read(self) -> dict[str, object]:
        """Return its next line that is JSON."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise RuntimeError("the peer ended")

    def ask(self) -> float:
        """Let it measure once."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(str(self.read()["rate"]))

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()
