"""Starts the peers and speaks to them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.measure import Streamer


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
        return float(str(self.tell("go")["rate"]))

    def tell(self, line: str) -> dict[str, object]:
        """Write it a line and return its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.read()

    def close(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()


@contextmanager
def transformers_serve(path: str, dtype: str, blocks: int, device: str) -> Iterator[Streamer]:
    """Run ``transformers serve --continuous-batching`` and yield its client, the model loaded.

    Parameters
    ----------
    blocks
        Size of its KV cache, in blocks of its own default; it would take most of the memory.
    device
        What it computes on: `cpu` or `cuda`.
    """
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "transformers.cli.transformers", "serve", path),
            *("--continuous-batching", "--cb-num-blocks", str(blocks), "--dtype", dtype),
            *("--host", "127.0.0.1", "--port", str(port), "--device", device),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    try:
        client = Streamer(f"http://127.0.0.1:{port}/v1/", path)
        _until_it_answers(client, process)
        yield client
    finally:
        process.kill()
        process.wait()


def _until_it_answers(client: Streamer, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            client.stream("Hello", 2, temperature=0.0)
            return
        except httpx.HTTPError:
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.5)
