"""The notebook as a surface."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython import display as ipython_display

from jupyter_sw.cli.surface import Interrupted
from jupyter_sw.client.reply import Reply, ReplyStream
from jupyter_sw.schemas.text import plain

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from jupyter_sw.client.conversation import Chat
    from jupyter_sw.client.job import Job

_display: Any = ipython_display.display  # untyped

_UPDATE_EVERY = 0.05  # seconds: 20 updates a second are smooth, more only cost
_RENDER_SHARE = 4  # showing may take a fifth of the time; long replies come in bigger steps
_LINE_STYLE = "color:var(--jp-ui-font-color2, #757575);font-size:var(--jp-ui-font-size1, 13px)"


class Output:
    """One output below the cell that changes in place."""

    def __init__(self) -> None:
        self._handle: Any = None
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        """Tell whether enough time has passed since the last version."""
        return time.monotonic() >= self._next

    def show(self, text: str, markup: str) -> None:
        """Show HTML, with its text for whoever shows no HTML."""
        began = time.monotonic()
        bundle = {"text/plain": plain(text), "text/html": markup}  # text is what a terminal shows
        if self._handle is None:
            self._handle = _display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
        now = time.monotonic()
        self._next = now + max(_UPDATE_EVERY, _RENDER_SHARE * (now - began))


class NotebookLine:
    """A progress line."""

    def __init__(self) -> None:
        self._output = Output()

    def update(self, text: str) -> None:
        """Show `text` in place of the last one."""
        if self._output.is_due:
            self.end(text)

    def end(self, text: str) -> None:
        """Show `text` and leave it there."""
        self._output.show(text, f'<div style="{_LINE_STYLE}">{html.escape(text)}</div>')


class ShownReply(Reply):
    """A reply that is on the screen already; it does not show again below the same cell."""

    _shell: InteractiveShell | None = None
    _cell = -1

    @classmethod
    def of(cls, reply: Reply, shell: InteractiveShell) -> ShownReply:
        """Return `reply`, shown by the cell that runs now."""
        shown = cls(str(reply))
        shown.__dict__.update(reply.__dict__)
        shown._shell, shown._cell = shell, shell.execution_count
        return shown

    def _ipython_display_(self) -> None:
        if self._shell is None or self._shell.execution_count != self._cell:
            from jupyter_sw.widgets.markdown import page

            _display({"text/plain": plain(self), "text/html": page(str(self))}, raw=True)


class Notebook:
    """Shows things below the cell that runs."""

    program = "%sw"
    owner = "notebook"
    lasting = True

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.names: dict[str, Any] | None = shell.user_ns

    @contextmanager
    def progress(self) -> Iterator[NotebookLine]:
        """Return a line below the cell."""
        yield NotebookLine()

    def write(self, pieces: Iterable[str]) -> None:
        """Print text as it comes."""
        for piece in pieces:
            print(piece, end="", flush=True)  # noqa: T201  # a cell's own standard output

    def reply(self, stream: ReplyStream) -> Reply:
        """Show a reply as Markdown while it is written.

        As HTML made here and not as ``text/markdown``: a notebook that is trusted would run a
        script that a model wrote into its Markdown.
        """
        output = Output()
        try:
            for _ in stream:
                if output.is_due:
                    self._show(output, stream.reply)
        except KeyboardInterrupt:
            stream.close()
            reply = stream.reply
            reply.finish_reason = "cancelled"
            self._show(output, reply, reply.footer)
            raise Interrupted("The reply was stopped; what was said is above.") from None
        self._show(output, stream.reply, stream.reply.footer)
        return ShownReply.of(stream.reply, self._shell)

    def chat(self, job: Job, chat: Chat) -> Any:
        """Show the chat panel."""
        from jupyter_sw.widgets import ChatPanel

        return ChatPanel.of(job, chat)

    def login(self) -> None:
        """Show the hub's own login."""
        from jupyter_sw.client.hub import login

        login()

    def _show(self, output: Output, reply: Reply, footer: str = "") -> None:
        from jupyter_sw.widgets.markdown import page

        text = f"{reply}\n\n{footer}" if footer else str(reply)
        output.show(text, page(str(reply), footer))
