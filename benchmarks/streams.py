"""Many replies at once, and prompts that were read before, against the engines' own servers."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

from benchmarks.bounds import at_least, under
from benchmarks.measure import Crowd, Series, Streamer, in_turn, ratios
from benchmarks.rows import Row

PROMPT = "Tell a long story about a river, its bridges and the people who live there."
GREEDY: dict[str, Any] = {"temperature": 0.0}
CROWD, SHORT = 64, 16  # clients, tokens each
_SENTENCE = "The old bridge over the river was built of stone, wood and a great deal of patience. "


def beside(
    engine: str,
    name: str,
    ours: Streamer,
    theirs: Streamer,
    runs: int,
    tokens: int,
    promises: dict[int, float],
) -> list[Row]:
    """Measure replies at once: ours and a peer's, as many as each key of `promises`.

    Parameters
    ----------
    name
        The peer's.
    promises
        For each number of streams the ratio that is promised.
    """
    found = []
    for streams, promise in promises.items():
        rates = in_turn(
            runs,
            theirs=_rate(theirs, tokens, streams),
            ours=_rate(ours, tokens, streams),
        )
        ratio = ratios(rates["ours"], rates["theirs"])
        many = f"{streams} stream{'s' if streams > 1 else ''}"
        found += [
            Row(f"{engine}, OpenAI door, {many}, tokens/s", rates["ours"]),
            Row(f"{name}, {many}, tokens/s", rates["theirs"]),
            Row(f"the door over {name}, {many}", ratio, at_least(promise)),
        ]
    return found


def crowded(
    engine: str, name: str, ours: Streamer, theirs: Streamer, runs: int, *, warm: bool = True
) -> list[Row]:
    """Measure `CROWD` clients at once that want `SHORT` tokens each."""
    worst: dict[str, Series] = {"theirs": Series(), "ours": Series()}

    def all_at_once(kind: str, client: Streamer) -> Callable[[], float]:
        def ask() -> float:
            crowd = client.crowd(PROMPT, SHORT, CROWD, **GREEDY)
            worst[kind].values.append(_worst_over_median(crowd))
            return crowd.seconds

        return ask

    asks = {"theirs": all_at_once("theirs", theirs), "ours": all_at_once("ours", ours)}
    seconds = in_turn(runs, warm=warm, **asks)
    for series in worst.values():
        del series.values[: len(series.values) - runs]  # a round that is not counted
    ratio = ratios(seconds["theirs"], seconds["ours"])
    what = f"{CROWD} clients, {SHORT} tokens each"
    return [
        Row(f"{engine}, {what}, s", seconds["ours"]),
        Row(f"{name}, {what}, s", seconds["theirs"]),
        Row(f"{name}'s time over ours, {what}", ratio, at_least(1)),
        Row(
            f"{engine}, {what}: longest wait for a first token over the median",
            worst["ours"],
            under(2),
        ),
        Row(f"{name}, the same", worst["theirs"]),
    ]


def reused(engine: str, ours: Streamer, runs: int) -> list[Row]:
    """Measure the first token of a turn after 2,000 tokens of chat, against a cold prompt."""
    fresh = iter(range(10_000))

    def talk() -> list[dict[str, str]]:
        # Different from its first word: nothing of another one's can be reused.
        return [
            {"role": "system", "content": f"You are helper number {next(fresh)} of many."},
            {"role": "user", "content": _SENTENCE * 110},
        ]

    cold, warm = Series(), Series()
    for _ in range(runs):
        before = talk()
        first = ours.stream(before, 8, **GREEDY)
        after = [
            *before,
            {"role": "assistant", "content": first.text},
            {"role": "user", "content": "And then?"},
        ]
        again = ours.stream(after, 8, **GREEDY)
        after[0] = talk()[0]
        cold.values.append(ours.stream(after, 8, **GREEDY).first)
        warm.values.append(again.first)
    ratio = ratios(cold, warm)
    what = f"{engine}, first token of a turn after 2,000 tokens"
    return [
        Row(f"{what}, cold, s", cold),
        Row(f"{what}, its chat's prefix in the cache, s", warm),
        Row(f"{what}: cold over reused", ratio, at_least(8)),
    ]


def _rate(client: Streamer, tokens: int, streams: int) -> Callable[[], float]:
    return lambda: client.rate(PROMPT, tokens, streams=streams, **GREEDY)


def _worst_over_median(crowd: Crowd) -> float:
    firsts = [reply.first for reply in crowd.replies]
    return max(firsts) / statistics.median(firsts)
