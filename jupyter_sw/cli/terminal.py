"""The terminal as a surface: ``jupyter sw``, and ``%sw`` in plain IPython."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from jupyter_sw.cli.interrupts import heed_interrupts
from jupyter_sw.cli.surface import Interrupted
from jupyter_sw.cli.tree import Outcome, invoke
from jupyter_sw.errors import BadRequest, SwError
from jupyter_sw.schemas.text import plain

if TYPE_CHECKING:
    from jupyter_sw.client.conversation import Chat
    from jupyter_sw.client.job import Job
    from jupyter_sw.client.reply import Reply, ReplyStream

_UPDATE_EVERY = 0.1  # seconds between two versions of a progress line
_INTERRUPTED = 130  # what shells give a program that ended by Ctrl+C


class TerminalLine:
    """A progress line on standard error; without a terminal, one line for each new state."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown = 0.0
        self._on_screen = False

    def update(self, text: str) -> None:
        """Show `text` in place of the last one."""
        if self._live and time.monotonic() - self._shown >= _UPDATE_EVERY:
            self._shown = time.monotonic()
            self._on_screen = True
            width = shutil.get_terminal_size().columns
            click.echo(f"\r\x1b[K{plain(text)[: width - 1]}", nl=False, err=True)

    def end(self, text: str) -> None:
        """Show `text` and leave it there."""
        self.clear()
        click.echo(plain(text), err=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._on_screen:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._on_screen = False


class Terminal:
    """Shows results on standard output, and everything else on standard error."""

    owner = "terminal"

    def __init__(
        self,
        program: str = "jupyter sw",
        *,
        lasting: bool = False,
        names: dict[str, Any] | None = None,
    ) -> None:
        self.program = program
        self.lasting = lasting
        self.names = names

    @contextmanager
    def progress(self) -> Iterator[TerminalLine]:
        """Return a line that is gone, or ended, when the work is done."""
        line = TerminalLine()
        try:
            yield line
        finally:
            line.clear()

    def write(self, pieces: Iterable[str]) -> None:
        """Print text as it comes."""
        last = ""
        for piece in pieces:
            click.echo(plain(piece), nl=False)
            last = piece or last
        if last and not last.endswith("\n"):
            click.echo()

    def reply(self, stream: ReplyStream) -> Reply:
        """Print a reply as it is written, and what it cost where a person looks."""
        self.write(stream)
        reply = stream.reply
        if sys.stderr.isatty():
            click.secho(reply.footer, dim=True, err=True)
        return reply

    def chat(self, job: Job, chat: Chat) -> None:
        """Talk in turns until end of input."""
        from jupyter_sw.cli.repl import talk

        talk(job, chat, self.write)

    def login(self) -> None:
        """Log in to the hub as huggingface_hub does it in a terminal."""
        from jupyter_sw.client.hub import login

        login()

    def show(self, outcome: Outcome) -> None:
        """Print what a command found, unless it was shown while it came."""
        from jupyter_sw.client.cards import Listing
        from jupyter_sw.client.reply import Reply

        value = outcome.value
        if value is None or isinstance(value, Reply):
            return
        if outcome.json:
            click.echo(json.dumps(as_data(value), indent=2))
        elif isinstance(value, Listing):
            width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
            click.echo(self._here(value.text(width)))
        else:
            click.echo(self._here(repr(value)))

    def fail(self, error: SwError | Interrupted) -> None:
        """Print an error and what to do about it."""
        click.secho(self._here(error.message), fg="red", err=True)
        if error.hint:
            click.echo(self._here(error.hint), err=True)

    def _here(self, text: str) -> str:
        """Write commands as they are written here; the server knows the notebook's way only."""
        return plain(text).replace("%sw ", f"{self.program} ")


def as_data(value: Any) -> Any:
    """Return what a command found as JSON's types."""
    wire = getattr(value, "data", None) or getattr(value, "info", None)
    return wire.model_dump(mode="json") if wire is not None else value


def run_in_terminal() -> None:
    """Run the command line of this process and leave with its exit status.

    0 is success, 1 an error that was explained, 2 a wrong command line, 130 an interrupt.
    """
    terminal = Terminal()
    heed_interrupts()
    try:
        terminal.show(invoke(sys.argv[1:], terminal))
    except BadRequest as error:
        terminal.fail(error)
        sys.exit(2)
    except SwError as error:
        terminal.fail(error)
        sys.exit(1)
    except Interrupted as error:
        terminal.fail(error)
        sys.exit(_INTERRUPTED)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
