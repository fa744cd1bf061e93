"""Fits a conversation into the model's context: the oldest turns go, the rest stays whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from jupyter_sw.errors import ContextOverflow
from jupyter_sw.worker.engines.base import Message

_RESERVE = 512  # tokens a reply gets room for when its request does not say
_LEAST_REPLY = 16


@dataclass(frozen=True)
class Fitted:
    """A prompt that fits, and what it cost."""

    tokens: list[int]
    trimmed: int
    """Older turns that were dropped."""


def fit(
    messages: list[Message],
    encode: Callable[[list[Message]], list[int]],
    *,
    context: int,
    max_tokens: int | None,
) -> Fitted:
    """Drop the oldest turns until prompt and reply fit into the context.

    A turn is a user's message and what was answered. System messages and the last turn stay.

    Parameters
    ----------
    messages
        The conversation.
    encode
        Gives the tokens of a conversation.
    context
        Tokens that prompt and reply may have together.
    max_tokens
        Room the reply was promised, None when nothing was said. It never drives out more than
        half of the context.

    Raises
    ------
    ContextOverflow
        When the last turn alone does not fit.
    """
    reserve = min(max_tokens or _RESERVE, context // 2)
    tokens = encode(messages)
    if len(tokens) + reserve <= context:
        return Fitted(tokens, 0)
    system, turns = split_turns(messages)

    def keep_from(first: int) -> list[int]:
        return encode([*system, *(message for turn in turns[first:] for message in turn)])

    # The fewer turns, the fewer tokens: halve the range instead of dropping one by one.
    low, high = 1, len(turns) - 1
    best: Fitted | None = None
    while low <= high:
        middle = (low + high) // 2
        tokens = keep_from(middle)
        if len(tokens) + reserve <= context:
            best = Fitted(tokens, middle)
            high = middle - 1
        else:
            low = middle + 1
    if best is not None:
        return best
    dropped = max(0, len(turns) - 1)
    tokens = keep_from(dropped)
    require_room(len(tokens), context)
    return Fitted(tokens, dropped)


def require_room(tokens: int, context: int) -> None:
    """Refuse a prompt that leaves no room for a reply.

    Raises
    ------
    ContextOverflow
        Naming both numbers.
    """
    if tokens + min(_LEAST_REPLY, context // 4) > context:
        raise ContextOverflow(
            f"This turn has {tokens} tokens, and the model's context is {context}.",
            hint="Shorten it, or run the model with a larger --context.",
        )


def split_turns(messages: list[Message]) -> tuple[list[Message], list[list[Message]]]:
    """Part a conversation into its system messages and its turns."""
    system = [message for message in messages if message["role"] == "system"]
    turns: list[list[Message]] = []
    for message in messages:
        if message["role"] == "system":
            continue
        if message["role"] == "user" or not turns:
            turns.append([])
        turns[-1].append(message)
    return system, turns
