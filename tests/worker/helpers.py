"""Real worker processes and how the tests speak to them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from jupyter_sw.schemas.jobs import Engine, Grant
from jupyter_sw.schemas.models import Handler, ModelFiles
from jupyter_sw.schemas.worker import Stage, WorkerHealth, WorkerSpec
from jupyter_sw.worker.engines.hf.engine import TransformersEngine
from tests.support import STORE, wait_until

TOKEN = "secret-of-this-worker"
CONTEXT = 512

Chunk = dict[str, Any]


def make_spec(files: ModelFiles, engine: Engine, **changes: Any) -> WorkerSpec:
    """Return a spec for two CPU cores; the socket lies in a short-named directory of its own."""
    settings = {
        "job": "job1",
        "files": files,
        "handler": Handler.CHATBOT,
        "engine": engine,
        "context": CONTEXT,
        "cache_tokens": 8192,
        "grant": [Grant(device="cpu", bytes=2**30)],
        "store": str(STORE),
        "socket": str(Path(tempfile.mkdtemp(prefix="sw-")) / "worker.sock"),
        "token": TOKEN,
        "lease_seconds": 1800.0,  # as long as a module's tests on a busy machine
        **changes,
    }
    return WorkerSpec(**settings)


Told = tuple[Stage, float | None, str]


@contextmanager
def loaded(files: ModelFiles, **changes: Any) -> Iterator[tuple[TransformersEngine, list[Told]]]:
    """Load a model into this process; give its engine and what the load told of itself."""
    engine = TransformersEngine(
        make_spec(files, Engine.TRANSFORMERS, context=4096, dtype="float32", **changes)
    )
    told: list[Told] = []

    def report(stage: Stage, fraction: float | None = None, detail: str = "") -> None:
        told.append((stage, fraction, detail))

    info = engine.load(report)
    try:
        assert info.attention == "sdpa"
        yield engine, told
    finally:
        # A worker simply ends. This process goes on, and could not end while the thread runs.
        engine._batches._manager.stop(hard_stop=True)


class Worker:
    """A worker process."""

    def __init__(self, spec: WorkerSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_sw.worker"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        assert self.process.stdin is not None
        self.process.stdin.write(spec.model_dump_json().encode())
        self.process.stdin.close()
        self.http = httpx.Client(
            transport=httpx.HTTPTransport(uds=spec.socket),
            base_url="http://worker",
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=120,
        )

    def health(self) -> WorkerHealth:
        """Return what the worker says of itself."""
        return WorkerHealth.model_validate_json(self.http.get("/health").content)

    def health_or_none(self) -> WorkerHealth | None:
        """Return what the worker says of itself, None before it listens."""
        try:
            return self.health()
        except httpx.TransportError:
            return None

    def wait_for(self, *stages: Stage, timeout: float = 150) -> WorkerHealth:
        """Return the health once the worker is in one of the stages."""

        def probe() -> WorkerHealth | None:
            assert self.process.poll() is None, self.log.read_text()
            health = self.health_or_none()
            return health if health and health.stage in stages else None

        return wait_until(probe, timeout, f"{stages}: {self.log.read_text()[-2000:]}")

    def chat(self, *messages: dict[str, str] | str, **params: Any) -> Chunk:
        """Return a whole answer; plain texts are the user's."""
        answer = self.http.post("/v1/chat/completions", json=chat_body(*messages, **params))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def refusal(self, *messages: dict[str, str] | str, **params: Any) -> tuple[int, Chunk]:
        """Return the status and the error of a request that is refused."""
        answer = self.http.post("/v1/chat/completions", json=chat_body(*messages, **params))
        return answer.status_code, answer.json()["error"]

    def complete(self, prompt: str, **params: Any) -> Chunk:
        """Return a whole continuation."""
        answer = self.http.post("/v1/completions", json={"prompt": prompt, **params})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def stream(self, path: str, body: dict[str, Any]) -> Generator[Chunk, None, None]:
        """Yield the chunks of a stream up to `[DONE]`."""
        with self.http.stream("POST", path, json={**body, "stream": True}) as answer:
            assert answer.headers["content-type"] == "text/event-stream"
            for line in answer.iter_lines():
                if line == "data: [DONE]":
                    return
                if line:
                    yield json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended without [DONE]")

    def chat_stream(self, *messages: dict[str, str] | str, **params: Any) -> Iterator[Chunk]:
        """Yield the chunks of an answer."""
        return self.stream("/v1/chat/completions", chat_body(*messages, **params))

    def idle(self) -> bool:
        """Tell whether nothing is generating or waiting."""
        metrics = self.health().metrics
        return not metrics.running and not metrics.waiting

    def end(self) -> None:
        """End the process, whatever its state."""
        self.http.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(Path(self.spec.socket).parent)


def chat_body(*messages: dict[str, str] | str, **params: Any) -> dict[str, Any]:
    """Return the body of a chat request; plain texts are the user's."""
    turns = [user(item) if isinstance(item, str) else item for item in messages]
    return {"messages": turns, **params}


def user(text: str) -> dict[str, str]:
    """Return a user's message."""
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, str]:
    """Return an assistant's message."""
    return {"role": "assistant", "content": text}


def system(text: str) -> dict[str, str]:
    """Return a system message."""
    return {"role": "system", "content": text}


def text_of(answer: Chunk) -> str:
    """Return the text of a whole answer."""
    choice = answer["choices"][0]
    return str(choice["message"]["content"] if "message" in choice else choice["text"])


def pieces(chunks: list[Chunk]) -> list[str]:
    """Return the pieces of text of a stream."""
    found = []
    for chunk in chunks:
        for choice in chunk["choices"]:
            piece = choice["delta"].get("content") if "delta" in choice else choice["text"]
            if piece:
                found.append(piece)
    return found


@contextmanager
def running_worker(spec: WorkerSpec, log: Path) -> Iterator[Worker]:
    """Run a worker while the block runs."""
    worker = Worker(spec, log)
    try:
        yield worker
    finally:
        worker.end()


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Return the results of calls that run at the same time, in their order."""
    results: list[Any] = [None] * len(calls)

    def run(index: int) -> None:
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
