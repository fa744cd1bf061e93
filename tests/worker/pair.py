"""An engine beside the bare model, to compare what both say."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from jupyter_sw.worker.engines.base import Sampling
from jupyter_sw.worker.engines.hf.engine import TransformersEngine
from jupyter_sw.worker.engines.mailbox import Mailbox
from tests.worker.tiny import BOS

NEW = 24  # tokens of each reply


@dataclass
class Pair:
    """The engine, and the bare model with the same weights."""

    engine: TransformersEngine
    model: Any
    generated: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    def expected(self, prompt: list[int]) -> list[int]:
        """Return what `generate` makes of a prompt."""
        import torch

        found = self.generated.get(tuple(prompt))
        if found is None:
            output = self.model.generate(
                torch.tensor([prompt]), do_sample=False, max_new_tokens=NEW, pad_token_id=0
            )
            found = self.generated[tuple(prompt)] = output[0, len(prompt) :].tolist()
        return found

    async def tokens(self, prompt: list[int], stop_after: int = NEW) -> list[int]:
        """Return the tokens of the engine's reply, broken off after some."""
        mailbox = Mailbox(asyncio.get_running_loop())
        stop = self.engine.start(prompt, Sampling(0.0, 1.0, 0, 0, NEW), mailbox)
        reply = next(reversed(self.engine._batches._live.values()))
        taken: list[int] = []
        take = reply.take

        def remember(output: Any) -> bool:
            taken[:] = output.generated_tokens
            return take(output)

        reply.take = remember  # type: ignore[method-assign]  # of this one reply only
        if not stop_after:
            await asyncio.sleep(0.01)  # it is being read
            stop()
        async for _ in mailbox.deltas():
            if len(taken) >= stop_after:
                break
        stop()
        await mailbox.closed()
        return taken


def prompt(length: int, seed: int = 0) -> list[int]:
    """Return a prompt of random letters."""
    letters = random.Random(seed)
    return [BOS, *(letters.randrange(3, 259) for _ in range(length - 1))]
