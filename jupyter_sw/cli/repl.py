"""A conversation in a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

from jupyter_sw.client.conversation import turn_note
from jupyter_sw.errors import SwError
from jupyter_sw.schemas.chats import TurnState

if TYPE_CHECKING:
    from jupyter_sw.client.conversation import Chat, TurnStream
    from jupyter_sw.client.job import Job

_HELP = (
    "Ctrl+D leaves, Ctrl+C stops an answer, /again asks the last question again, /clear forgets."
)


def talk(job: Job, chat: Chat, write: Callable[[Iterable[str]], None]) -> None:
    """Read lines and answer them until end of input."""
    _say(f"{job.info.name} ({job.id}). {_HELP}")
    for turn in chat.history():
        _say(f"> {turn.content}")
        write([turn.reply])
    while True:
        try:
            line = _read()
        except (EOFError, KeyboardInterrupt):
            _say("")
            return
        try:
            if line in {"/exit", "/quit"}:
                return
            if line == "/clear":
                chat.clear()
            elif line == "/again":
                _answer(chat.regenerate(), write)
            elif line:
                _answer(chat.send(line), write)
        except SwError as error:
            _say(str(error))


def _answer(stream: TurnStream, write: Callable[[Iterable[str]], None]) -> None:
    try:
        write(stream)
    except KeyboardInterrupt:
        stream.stop()
        _say("")
    if stream.turn.state is not TurnState.RUNNING:
        _say(turn_note(stream.turn))


def _read() -> str:
    # The prompt goes to standard error, so that standard output is the model's words alone.
    if sys.stdin.isatty():
        return input("> ").strip()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.strip()


def _say(text: str) -> None:
    click.echo(text, err=True)
