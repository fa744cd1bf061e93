"""Who may generate now: slots and the tokens of the KV cache, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

_GROWTH = 256  # tokens a reply without a limit asks for at a time


@dataclass
class Place:
    """A request's share of the cache, in tokens."""

    tokens: int


class Gate:
    """Gives places to requests, so that together they never need more cache than there is.

    Parameters
    ----------
    slots
        Requests that may generate at once.
    tokens
        Size of the cache they share.
    page
        Tokens that the engine hands out at a time: a request takes whole pages.

    Attributes
    ----------
    capacity
        Tokens of the cache, in whole pages.
    """

    def __init__(self, slots: int, tokens: int, page: int = 1) -> None:
        self._page = page
        self.capacity = self._whole(tokens)
        self._slots = slots
        self._free = self.capacity
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def enter(self, tokens: int) -> Place:
        """Wait for a slot and for `tokens` of cache."""
        tokens = self._whole(tokens)
        if self._waiting or not self._fits(tokens):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            entry = (tokens, turn)
            self._waiting.append(entry)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self.leave(Place(tokens))  # its turn came in the very moment it gave up
                else:
                    self._waiting.remove(entry)
                    self._admit()
                raise
        else:
            self._take(tokens)
        return Place(tokens)

    def grow(self, place: Place, limit: int) -> bool:
        """Make a place larger, up to `limit` tokens; False when others hold the rest."""
        more = self._whole(min(place.tokens + _GROWTH, limit)) - place.tokens
        if more <= 0 or more > self._free:
            return False
        self._free -= more
        place.tokens += more
        return True

    def leave(self, place: Place) -> None:
        """Give a place back."""
        self._slots += 1
        self._free += place.tokens
        self._admit()

    def _whole(self, tokens: int) -> int:
        """Return the tokens of the pages that hold so many."""
        return -(-tokens // self._page) * self._page

    def _fits(self, tokens: int) -> bool:
        return self._slots > 0 and tokens <= self._free

    def _take(self, tokens: int) -> None:
        self._slots -= 1
        self._free -= tokens

    def _admit(self) -> None:
        while self._waiting and self._fits(self._waiting[0][0]):
            tokens, turn = self._waiting.popleft()
            if not turn.done():
                self._take(tokens)
                turn.set_result(None)
