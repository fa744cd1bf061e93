"""Ten minutes of clients that come, ask, hang up and come back.

``SW_SOAK_SECONDS=600`` is the whole of it; CI runs a minute of each engine.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import Stage
from tests.support import wait_until
from tests.worker.helpers import Chunk, Worker, make_spec, pieces, running_worker

SECONDS = float(os.environ.get("SW_SOAK_SECONDS", "60"))
CLIENTS = 12  # more than there are places
WARM_UP = 0.3  # of the time: caches fill and buffers grow to what they need
MAY_GROW = 48 * 2**20  # bytes
FILLER = "The river flows past the old bridge and the people on it look at the water. "


@dataclass
class Crowd:
    """Random clients of one worker. Each prompt has a secret number of its own."""

    worker: Worker
    end: float
    secrets: set[str] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def live(self, seed: int) -> None:
        """Be one client until the end."""
        dice = random.Random(seed)
        while time.monotonic() < self.end:
            secret = self.secret(dice)
            kind = dice.choice(["whole", "stream", "hang up", "hang up at once"])
            try:
                text = self.ask(kind, self.prompt(secret, dice), dice)
            except Exception as error:  # noqa: BLE001  # a lost request is what is looked for
                self.note(f"{kind}: {type(error).__name__}: {error}")
                continue
            with self.lock:
                others = self.secrets - {secret}
            told = set(re.findall(r"\d{8}", text))
            if told & others:
                self.note(f"{secret} was told {told & others}")
            with self.lock:
                self.outcomes[kind] += 1
                if kind in ("whole", "stream"):
                    self.outcomes["told its number" if secret in told else "not told"] += 1

    def secret(self, dice: random.Random) -> str:
        """Return a number that nobody else has."""
        with self.lock:
            while True:
                found = str(dice.randrange(10_000_000, 100_000_000))
                if found not in self.secrets:
                    self.secrets.add(found)
                    return found

    def prompt(self, secret: str, dice: random.Random) -> str:
        """Return a text that goes on with its number, after more or less else."""
        lines = f"The code is {secret}. " * 3
        return FILLER * dice.choice([0, 0, 1, 5, 12]) + lines + "The code is"

    def ask(self, kind: str, prompt: str, dice: random.Random) -> str:
        """Ask for a continuation and return as much of it as was waited for."""
        body = {"prompt": prompt, "temperature": 0, "max_tokens": dice.choice([12, 16, 40])}
        if kind == "whole":
            choice = self.worker.complete(**body)["choices"][0]
            return str(choice["text"])
        if kind == "hang up at once":
            with pytest.raises(httpx.TimeoutException):
                self.worker.http.post("/v1/completions", json=body, timeout=dice.random() / 50)
            return ""
        stream = self.worker.stream("/v1/completions", body)
        wanted = dice.choice([1, 2, 3]) if kind == "hang up" else 10_000
        chunks: list[Chunk] = []
        for chunk in stream:
            chunks.append(chunk)
            if len(chunks) >= wanted:
                stream.close()
                break
        return "".join(pieces(chunks))

    def note(self, words: str) -> None:
        """Remember what must not be."""
        with self.lock:
            self.wrong.append(words)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.parametrize("engine", [Engine.LLAMACPP, Engine.TRANSFORMERS])
def test_nobody_is_lost_mixed_up_or_remembered(
    engine: Engine, smollm2: ModelFiles, tmp_path: Path
) -> None:
    spec = make_spec(smollm2, engine, **({} if engine is Engine.LLAMACPP else {"dtype": "float32"}))
    with running_worker(spec, tmp_path / "log") as worker:
        worker.wait_for(Stage.RUNNING)
        process = psutil.Process(worker.process.pid)
        began = time.monotonic()
        crowd = Crowd(worker, began + SECONDS)
        threads = [threading.Thread(target=crowd.live, args=(seed,)) for seed in range(CLIENTS)]
        for thread in threads:
            thread.start()
        held: list[int] = []
        while time.monotonic() < crowd.end:
            time.sleep(1)
            if time.monotonic() > began + WARM_UP * SECONDS:
                held.append(process.memory_info().rss)
        for thread in threads:
            thread.join()

        assert crowd.wrong == []
        told, not_told = crowd.outcomes["told its number"], crowd.outcomes["not told"]
        assert told > 20 * not_told, crowd.outcomes
        wait_until(worker.idle, 10, "nothing runs or waits any more")
        third = len(held) // 3
        before, after = max(held[:third]), max(held[-third:])
        assert after - before < MAY_GROW, [size >> 20 for size in held[:: max(1, len(held) // 20)]]
        print(f"{engine.value}: {dict(crowd.outcomes)}, {before >> 20} to {after >> 20} MiB")
