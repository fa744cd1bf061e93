"""What the worker says about itself."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from jupyter_sw.clock import uptime
from jupyter_sw.errors import NotReady, SwError
from jupyter_sw.schemas.jobs import JobMetrics, KvUse
from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerHealth
from jupyter_sw.worker.averages import LatestReplies

_WINDOW = 5.0  # seconds `tokens_per_second` looks back


@dataclass
class Counters:
    """What requests have done so far; touched on the event loop only."""

    running: int = 0
    waiting: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    last_end: float | None = None  # by the clock `uptime`
    replies: LatestReplies = field(default_factory=LatestReplies)
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    def count(self, tokens: int) -> None:
        """Note that `tokens` were generated just now."""
        self.completion_tokens += tokens
        self._recent.append((time.monotonic(), tokens))

    def found_waiting(self, waiting: int) -> None:
        """Note how many of the requests passed on to another server wait there."""
        asked = self.running + self.waiting
        self.waiting = min(waiting, asked)
        self.running = asked - self.waiting

    def forwarded_ended(self) -> None:
        """Note the end of a request that was passed on, whichever of both it was counted as."""
        if self.running:
            self.running -= 1
        else:
            self.waiting -= 1

    def rate(self) -> float | None:
        """Return the tokens per second of the last seconds, None when nothing was generated."""
        recent, now = self._recent, time.monotonic()
        while recent and now - recent[0][0] > _WINDOW:
            recent.popleft()
        if not recent:
            return None
        return sum(tokens for _, tokens in recent) / max(now - recent[0][0], 0.1)


class State:
    """Where the worker is. The engine's thread reports; the event loop reads."""

    def __init__(self, job: str) -> None:
        self.job = job
        self.counters = Counters()
        self.stage = Stage.STARTING
        self.engine: EngineInfo | None = None
        self.error: SwError | None = None
        self.device_memory: int | None = None
        self.kv: Callable[[], KvUse | None] = lambda: None
        """Tells how full the KV cache is; on the event loop."""
        self._fraction: float | None = None
        self._detail = ""
        self._process = psutil.Process(os.getpid())

    def require_ready(self) -> EngineInfo:
        """Return what the engine settled on.

        Raises
        ------
        NotReady
            While the model is loading.
        """
        if self.engine is None:
            raise NotReady(
                f"The model is not loaded yet ({self.stage.value}).", hint="Try again in a moment."
            )
        return self.engine

    def report(self, stage: Stage, fraction: float | None = None, detail: str = "") -> None:
        """Tell how far loading is; `fraction` of this stage, 0 to 1."""
        self.stage, self._fraction, self._detail = stage, fraction, detail

    def health(self) -> WorkerHealth:
        """Return everything as the server is told it."""
        counters = self.counters
        busy = counters.running or counters.waiting
        memory = self.device_memory or self._process.memory_info().rss
        rate = counters.rate()
        return WorkerHealth(
            job=self.job,
            pid=self._process.pid,
            stage=self.stage,
            fraction=self._fraction,
            detail=self._detail,
            error=self.error.to_wire() if self.error else None,
            engine=self.engine,
            metrics=JobMetrics(
                memory=memory,
                running=counters.running,
                waiting=counters.waiting,
                requests=counters.requests,
                prompt_tokens=counters.prompt_tokens,
                completion_tokens=counters.completion_tokens,
                tokens_per_second=None if rate is None else round(rate, 2),
                averages=counters.replies.averages(),
                kv=self.kv(),
            ),
            idle=None if busy or counters.last_end is None else uptime() - counters.last_end,
        )
