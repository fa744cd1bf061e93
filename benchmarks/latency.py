"""What kernel client, server and worker add to the engine's own time."""

from __future__ import annotations

import json
import time

from benchmarks.bounds import under
from benchmarks.measure import Series
from benchmarks.peer import Peer
from benchmarks.rows import Row
from benchmarks.streams import GREEDY, PROMPT
from jupyter_sw.client.api import Client
from jupyter_sw.client.connection import Server as Connection
from jupyter_sw.client.job import Job
from tests.support import Server

_MILLISECOND = 0.001


def rows(server: Server, job: str, gguf: str, runs: int, tokens: int) -> list[Row]:
    """Measure a running llamacpp job by the Python client, against llama.cpp called directly."""
    client = Client(Connection(url=server.url, token=server.token, origin="benchmark"))
    ours = Job(client, client.job(job))
    peer = Peer("llama_direct", gguf)
    first, token = Series(), Series()
    try:
        for number in range(-1, runs):
            # The same text for both, and another one each round: nothing of it was read before.
            prompt = f"{number}. {PROMPT}"
            theirs = _direct(peer, prompt, tokens)
            added = [a - b for a, b in zip(_through(ours, prompt, tokens), theirs, strict=True)]
            if number >= 0:
                first.values.append(added[0] / _MILLISECOND)
                token.values.append(added[1] / _MILLISECOND)
    finally:
        peer.close()
    what = "added by client, server and worker to llama.cpp called directly"
    return [
        Row(f"{what}: first token, ms", first, under(10)),
        Row(f"{what}: each token, ms", token, under(0.3)),
    ]


def _direct(peer: Peer, prompt: str, tokens: int) -> tuple[float, float]:
    body = {
        "messages": [{"role": "user", "content": prompt}],
        "stream": True,
        "max_tokens": tokens,
        **GREEDY,
    }
    told = peer.tell(json.dumps(body))
    return float(str(told["first"])), float(str(told["token"]))


def _through(job: Job, prompt: str, tokens: int) -> tuple[float, float]:
    """Return the seconds to the first text, and those of each further token."""
    began = time.perf_counter()
    answer = job.ask(prompt, stream=True, max_tokens=tokens, **GREEDY)
    first = last = 0.0
    for _ in answer:
        last = time.perf_counter()
        first = first or last
    usage = answer.reply.usage
    assert usage is not None
    return first - began, (last - first) / (usage.completion_tokens - 1)
