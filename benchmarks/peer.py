"""Starts the peers and speaks to them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from benchmarks.measure import Streamer
from jupyter_sw.worker.engines.server.recipes import program


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


@contextmanager
def vllm_serve(path: str, name: str, context: int, streams: int) -> Iterator[Streamer]:
    """Run ``vllm serve`` on the GPU and yield its client, the model loaded.

    Parameters
    ----------
    context
        The most tokens of a conversation.
    streams
        The most replies at once.
    """
    port = _free_port()
    process = subprocess.Popen(
        [
            *(program("vllm"), "serve", path, "--served-model-name", name),
            *("--host", "127.0.0.1", "--port", str(port), "--dtype", "bfloat16"),
            *("--max-model-len", str(context), "--max-num-seqs", str(streams)),
            "--disable-uvicorn-access-log",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"},
        start_new_session=True,
    )
    try:
        client = Streamer(f"http://127.0.0.1:{port}/v1/", name)
        _until_it_answers(client, process, 900)  # it compiles for minutes the first time
        yield client
    finally:
        _end_all(process)


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """End a server and the processes it started, which hold the GPU's memory."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(60)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _until_it_answers(
    client: Streamer, process: subprocess.Popen[bytes], seconds: float = 180
) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            client.stream("Hello", 2, temperature=0.0)
            return
        except httpx.HTTPError:
            if time.monotonic() > end or process.poll() is not None:
                raise
            time.sleep(0.5)
