"""A large model at several batch sizes, against vLLM and against what the memory's speed allows."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.bandwidth import Traffic
from benchmarks.measure import Series, Streamer, in_turn, ratios
from benchmarks.rows import Row
from benchmarks.streams import GREEDY

BATCHES = (1, 8, 32)
MOST_TOKENS = 160
"""Of a reply: the cache of a job of 4,096 tokens then holds the largest batch at once."""
_PROMPT = "Tell a long story."  # short: to the tokenizer of random weights a token is a byte


class Rates:
    """What one server gave at each batch size."""

    def __init__(self, client: Streamer, runs: int, tokens: int) -> None:
        self.contexts: dict[int, float] = {}
        self.rates = {
            batch: in_turn(runs, rate=self._ask(client, batch, tokens))["rate"] for batch in BATCHES
        }

    def _ask(self, client: Streamer, batch: int, tokens: int) -> Callable[[], float]:
        def ask() -> float:
            crowd = client.crowd(_PROMPT, tokens, batch, **GREEDY)
            self.contexts[batch] = crowd.context
            return crowd.rate

        return ask


def rows(
    model: str, bandwidth: float, traffic: Traffic, ours: Rates, vllm: Rates | None
) -> list[Row]:
    """Return the lines of the table.

    Parameters
    ----------
    model
        What to call it.
    bandwidth
        Bytes a second.
    vllm
        None where it is not installed.
    """
    found = []
    for batch in BATCHES:
        what = f"{model}, batch {batch}"
        limit = traffic.limit(bandwidth, batch, ours.contexts[batch])
        found.append(Row(f"{what}: limit by the memory's bandwidth, tokens/s", Series([limit])))
        found += _of("transformers", what, ours.rates[batch], limit)
        if vllm:
            found += _of("`vllm serve`", what, vllm.rates[batch], limit)
            over = ratios(ours.rates[batch], vllm.rates[batch])
            found.append(Row(f"{what}: transformers over `vllm serve`", over))
    return found


def _of(server: str, what: str, rate: Series, limit: float) -> list[Row]:
    share = Series([value / limit for value in rate.values])
    return [
        Row(f"{what}, {server}, tokens/s", rate),
        Row(f"{what}, {server}: share of the limit", share),
    ]
