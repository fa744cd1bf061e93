"""How things are measured: pairs in turn, medians, with their spread."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Series:
    """What one thing gave, run by run."""

    values: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the middle value."""
        return statistics.median(self.values)

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.median:.3g}"
        low, high = min(self.values), max(self.values)
        return f"{self.median:.3g} ({low:.3g} to {high:.3g})"


def in_turn(runs: int, *, warm: bool = True, **kinds: Callable[[], float]) -> dict[str, Series]:
    """Run each kind `runs` times, one after the other in every round.

    What the machine does besides then falls on all of them alike. The order changes with every
    round, and a round before the first is not counted; there is none where `warm` is false.
    """
    series = {name: Series() for name in kinds}
    order = list(kinds)
    for number in range(-1 if warm else 0, runs):
        for name in order:
            value = kinds[name]()
            if number >= 0:
                series[name].values.append(value)
        order.reverse()
    return series


def ratios(over: Series, under: Series) -> Series:
    """Return the quotients, round by round."""
    return Series([a / b for a, b in zip(over.values, under.values, strict=True)])


@dataclass
class Streamed:
    """One reply."""

    tokens: int
    first: float
    """Seconds from the request to its first text."""
    total: float
    """Seconds from the request to its end."""
    text: str
    prompt: int = 0
    """Tokens of the prompt, where the server tells."""


@dataclass
class Crowd:
    """Replies that were asked for at once."""

    seconds: float
    replies: list[Streamed]

    @property
    def rate(self) -> float:
        """Return tokens per second of all together."""
        return sum(reply.tokens for reply in self.replies) / self.seconds

    @property
    def context(self) -> float:
        """Return the mean length of a conversation while its reply grows."""
        return statistics.mean(reply.prompt + reply.tokens / 2 for reply in self.replies)


class Streamer:
    """A client of any server that speaks OpenAI's format."""

    def __init__(self, url: str, model: str, token: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # A connection a request: the peer closes idle ones after 5 s, which a request may meet.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=300, limits=limits)
        self._model = model

    def rate(self, prompt: str, tokens: int, streams: int = 1, **params: Any) -> float:
        """Return tokens per second of all streams together, from the first request to the end."""
        return self.crowd(prompt, tokens, streams, **params).rate

    def crowd(self, prompt: str, tokens: int, streams: int, **params: Any) -> Crowd:
        """Ask `streams` times at once; every prompt has a number of its own at its end."""
        began = time.perf_counter()
        with ThreadPoolExecutor(streams) as pool:
            replies = list(
                pool.map(
                    lambda number: self.stream(f"{prompt} ({number})", tokens, **params),
                    range(streams),
                )
            )
        return Crowd(time.perf_counter() - began, replies)

    def stream(self, prompt: str | list[dict[str, str]], tokens: int, **params: Any) -> Streamed:
        """Return what one reply took; `prompt` is a question or a whole conversation."""
        asked = [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": prompt},
        ]
        body = {
            "model": self._model,
            "messages": asked if isinstance(prompt, str) else prompt,
            "max_tokens": tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            **params,
        }
        count = pieces = asked_tokens = 0
        first: float | None = None
        text = ""
        began = time.perf_counter()
        with self._http.stream("POST", "chat/completions", json=body) as answer:
            answer.raise_for_status()
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    chunk = json.loads(line[6:])
                    for choice in chunk.get("choices") or []:
                        piece = choice["delta"].get("content")
                        if piece:
                            first = first or time.perf_counter()
                            pieces += 1
                            text += piece
                    usage = chunk.get("usage")
                    if usage:
                        count, asked_tokens = usage["completion_tokens"], usage["prompt_tokens"]
        assert first is not None, "no text came"
        ended = time.perf_counter()
        # Servers that tell no usage send a token a piece, or a little less often.
        return Streamed(count or pieces, first - began, ended - began, text, asked_tokens)
