"""Fitting conversations into a context."""

from __future__ import annotations

import pytest

from jupyter_sw.errors import ContextOverflow
from jupyter_sw.worker.context import fit
from jupyter_sw.worker.engines.base import Message
from tests.worker.helpers import assistant, system, user


def encode(messages: list[Message]) -> list[int]:
    """A token a character, and one for each message."""
    return [0] * sum(len(message["content"]) + 1 for message in messages)


def test_what_fits_stays_whole() -> None:
    fitted = fit([user("a" * 50)], encode, context=100, max_tokens=20)
    assert fitted.trimmed == 0
    assert len(fitted.tokens) == 51


def test_only_as_many_turns_go_as_must() -> None:
    turns = [part for _ in range(5) for part in (user("u" * 9), assistant("a" * 9))]
    seen: list[list[Message]] = []

    def remember(messages: list[Message]) -> list[int]:
        seen.append(messages)
        return encode(messages)

    fitted = fit([system("s" * 9), *turns, user("l" * 9)], remember, context=100, max_tokens=30)
    assert fitted.trimmed == 3
    assert len(fitted.tokens) == 60
    kept = next(messages for messages in seen if len(encode(messages)) == 60)
    assert kept[0] == system("s" * 9)
    assert kept[-1] == user("l" * 9)


def test_a_promise_of_a_long_reply_keeps_half_of_the_history() -> None:
    turns = [part for _ in range(8) for part in (user("u" * 4), assistant("a" * 4))]
    fitted = fit([*turns, user("l" * 4)], encode, context=100, max_tokens=100_000)
    assert fitted.trimmed == 4
    assert len(fitted.tokens) == 45


def test_a_last_turn_that_leaves_little_room_is_still_answered() -> None:
    fitted = fit(
        [user("old"), assistant("old"), user("l" * 79)], encode, context=100, max_tokens=50
    )
    assert fitted.trimmed == 1
    assert len(fitted.tokens) == 80


def test_a_last_turn_without_room_is_refused() -> None:
    with pytest.raises(ContextOverflow, match=r"91 tokens.* 100"):
        fit([user("old"), assistant("old"), user("l" * 90)], encode, context=100, max_tokens=None)
