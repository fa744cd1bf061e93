"""What a command needs of the place it runs in."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jupyter_sw.client.conversation import Chat
    from jupyter_sw.client.job import Job
    from jupyter_sw.client.reply import Reply, ReplyStream


class ProgressLine(Protocol):
    """One line that changes in place."""

    def update(self, text: str) -> None:
        """Show `text` instead of what was there; may skip some when they come fast."""

    def end(self, text: str) -> None:
        """Show `text` and leave it there."""


class Surface(Protocol):
    """A terminal or a notebook."""

    program: str
    """How commands are written here: ``jupyter sw`` or ``%sw``."""
    owner: str
    """What a job's owner is told to have come from: `terminal` or `notebook`."""
    lasting: bool
    """Whether this process goes on after the command, and can remember something."""
    names: dict[str, Any] | None
    """The person's variables; None where there are none."""

    def progress(self) -> AbstractContextManager[ProgressLine]:
        """Return a line for work that takes a while."""

    def write(self, pieces: Iterable[str]) -> None:
        """Show text as it comes."""

    def reply(self, stream: ReplyStream) -> Reply:
        """Show a reply as it is written; return it whole."""

    def chat(self, job: Job, chat: Chat) -> Any:
        """Open a conversation."""

    def login(self) -> None:
        """Ask for a login of the Hugging Face hub and keep it in the hub's own store."""


class Interrupted(KeyboardInterrupt):
    """An interrupt that says what became of the work.

    Parameters
    ----------
    message
        What was stopped, or what goes on.
    hint
        How to end what goes on; empty when nothing does.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".rstrip())
        self.message = message
        self.hint = hint
