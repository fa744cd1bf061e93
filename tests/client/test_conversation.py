"""A conversation through the Python API, on the real model."""

from __future__ import annotations

import pytest

from jupyter_sw.client.conversation import Chat, TurnStream
from jupyter_sw.client.job import Job
from jupyter_sw.errors import WrongState
from jupyter_sw.schemas.chats import Turn, TurnState

QUESTION = "What is the capital of France?"


@pytest.fixture
def chat(job: Job) -> Chat:
    """Return a new conversation."""
    return job.chat(new=True, temperature=0, max_tokens=40)


def test_a_turn_streams_and_is_kept(chat: Chat, job: Job) -> None:
    stream = chat.send(QUESTION)
    text = "".join(stream)
    assert "Paris" in text
    assert stream.turn.state is TurnState.DONE
    assert stream.text() == text, "reading again begins at the beginning"
    (turn,) = chat.history()
    assert (turn.content, turn.reply) == (QUESTION, text)
    again = job.chat()
    assert again.id == chat.id, "the newest conversation goes on"


def test_a_reply_is_taken_up_from_an_offset(chat: Chat) -> None:
    turn = chat.send(QUESTION).turn
    whole = TurnStream(chat._client, chat.detail, turn).text()
    *deltas, final = chat._client.follow_turn(chat.id, turn.n, offset=4)
    assert isinstance(final, Turn)
    assert "".join(delta.text for delta in deltas if not isinstance(delta, Turn)) == whole[4:]


def test_stopping_keeps_what_was_said(chat: Chat) -> None:
    stream = chat.send("Write a very long story about the sea.", max_tokens=4000)
    pieces = iter(stream)
    first = next(pieces)
    with pytest.raises(WrongState, match="still answering"):
        chat.send("And now?")
    chat.stop()
    text = first + "".join(pieces)
    assert stream.turn.state is TurnState.STOPPED
    assert chat.history()[0].reply == text


def test_regenerating_replaces_the_last_turn(chat: Chat) -> None:
    with pytest.raises(WrongState, match="Nothing was said"):
        chat.regenerate()
    first = chat.send(QUESTION).text()
    second = chat.regenerate(max_tokens=2).text()
    assert len(chat.history()) == 1
    assert first.startswith(second)
    assert second != first


def test_settings_stay_and_clearing_forgets(chat: Chat, job: Job) -> None:
    chat.configure(system="You are a pirate.", seed=3)
    detail = job.chat().detail
    assert (detail.system, detail.params.seed, detail.params.max_tokens) == (
        "You are a pirate.", 3, 40,
    )  # fmt: skip
    chat.replace_settings("", {"temperature": 1.0})
    assert chat.detail.params.seed is None
    chat.send("hi", max_tokens=2).text()
    chat.clear()
    assert chat.history() == []
