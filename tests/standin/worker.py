"""``python -m tests.standin.worker``: the worker's own process with an engine that only counts.

Its log, socket, lease, watchdog and HTTP are the product's; the model is words.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable, Sequence

from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker import app, standby
from jupyter_sw.worker.__main__ import main
from jupyter_sw.worker.engines.base import (
    Message,
    Report,
    Sampling,
    SamplingDefaults,
    Templates,
    ToolDict,
)
from jupyter_sw.worker.engines.mailbox import Mailbox

LOADS = float(os.environ.get("SW_TEST_LOADS", "0.05"))  # seconds
ROOM = int(os.environ.get("SW_TEST_ROOM", "100000000"))  # tokens of cache that fit
SAYS = os.environ.get("SW_TEST_SAYS", "")
PACE = float(os.environ.get("SW_TEST_PACE", "0.01"))  # seconds a word
TELLS = re.findall(
    r"\S+\s*", os.environ.get("SW_TEST_TELLS", "")
)  # a word at a time, then it stops


class CountingEngine:
    """Answers every prompt by counting, after what it was told to say."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.defaults = SamplingDefaults()
        self.vocabulary = 1000
        self.templates = Templates()
        self._spec = spec

    def load(self, report: Report) -> EngineInfo:
        if self._spec.cache_tokens > ROOM:
            bytearray(2**62)  # more than there is anywhere: a MemoryError of Python's own
        for step in range(5):
            report(Stage.LOADING, step / 5)
            time.sleep(LOADS / 5)
        return EngineInfo(
            engine=self._spec.engine,
            device=",".join(part.device for part in self._spec.grant),
            dtype="float32",
            context=self._spec.context,
            slots=self._spec.slots,
        )

    def encode_chat(self, messages: list[Message], tools: Sequence[ToolDict] = ()) -> list[int]:
        return [len(word) for message in messages for word in message["content"].split()] or [1]

    def encode_text(self, text: str) -> list[int]:
        return [len(word) for word in text.split()] or [1]

    def control_token(self, text: str) -> int | None:
        return None

    def check(self, sampling: Sampling) -> None:
        pass

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        async def count() -> None:
            try:
                if TELLS:
                    await tell(mailbox)
                    return
                if SAYS:
                    mailbox.put(SAYS)
                for number in range(sampling.max_tokens):
                    mailbox.put(f"{number} ")
                    await asyncio.sleep(PACE)
                mailbox.finish("length")
            except asyncio.CancelledError:
                mailbox.finish("stop")

        task = asyncio.ensure_future(count())
        return lambda: task.cancel() and None

    def memory(self) -> int | None:
        return None

    def close(self) -> None:
        pass


async def tell(mailbox: Mailbox) -> None:
    """Say the words at a steady pace, whatever each of them costs."""
    begun = time.monotonic()
    for number, word in enumerate(TELLS):
        mailbox.put(word)
        await asyncio.sleep(begun + (number + 1) * PACE - time.monotonic())
    mailbox.finish("stop")


if __name__ == "__main__":
    app.create_engine = CountingEngine
    standby._import = lambda _engine: None
    main()
