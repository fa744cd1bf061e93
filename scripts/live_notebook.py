"""A notebook client that prints what a person would see in the notebook, while it appears."""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from typing import Any

from nbclient import NotebookClient
from nbformat import NotebookNode

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Terminal:
    """Writes text that grows and lines that change to a terminal or a log.

    Parameters
    ----------
    width
        Columns a line that changes may take; longer ones are cut.
    """

    def __init__(self, width: int = 100) -> None:
        self._width = width
        self._live = sys.stdout.isatty()
        self._at_start = True
        self._changing = False
        self._pending = ""
        self._printed_at = 0.0

    def write(self, text: str) -> None:
        """Print text where the last text ended."""
        self._settle()
        if text:
            print(text, end="", flush=True)
            self._at_start = text.endswith("\n")

    def line(self, text: str = "") -> None:
        """Print text on a line of its own."""
        self.finish()
        self.write(text + "\n")

    def change(self, text: str) -> None:
        """Show a line in place of the last such line; a log gets one such line a second."""
        text = " ".join(text.split())[: self._width]
        if self._live:
            if not self._changing:
                self.finish()
            print(f"\r\x1b[K{text}", end="", flush=True)
            self._changing, self._at_start = True, False
        elif time.monotonic() - self._printed_at >= 1:
            self.line(text)
            self._printed_at = time.monotonic()
        else:
            self._pending = text

    def finish(self) -> None:
        """End the line that was begun, if one was."""
        self._settle()
        if not self._at_start:
            print(flush=True)
            self._at_start = True

    def _settle(self) -> None:
        """Let the last of the changing lines stand."""
        if self._pending:
            print(self._pending, flush=True)
            self._pending = ""
        if self._changing:
            print(flush=True)
            self._changing, self._at_start = False, True


@dataclass
class Answer:
    """Seconds from the start of a cell to the first word of its answer, and to the cell's end."""

    first: float
    whole: float | None = None


class LiveNotebook(NotebookClient):
    """Executes a notebook and prints sources and outputs as they come.

    Attributes
    ----------
    answers
        One for each cell whose output grew, in their order.
    """

    def __init__(self, notebook: NotebookNode, terminal: Terminal, **options: Any) -> None:
        # The kernel's own warnings are not what a person sees in a notebook.
        super().__init__(notebook, extra_arguments=["--log-level=ERROR"], **options)
        self.answers: list[Answer] = []
        self._terminal = terminal
        self._shown: dict[str | None, str] = {}
        self._changing: set[str | None] = set()
        self._began = 0.0
        self._answer: Answer | None = None
        self.on_cell_start = self._announce
        self.on_cell_executed = self._complete

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Print a message of the kernel, then let nbclient keep it."""
        content, kind = msg["content"], msg["msg_type"]
        if kind == "stream":
            self._terminal.write(content["text"])
        elif kind in {"display_data", "execute_result"}:
            name, text = _display(content)
            self._shown[name] = text
            self._terminal.finish()
            self._terminal.write(text)
        elif kind == "update_display_data":
            self._update(*_display(content))
        elif kind == "error":
            self._terminal.line(_ANSI.sub("", "\n".join(content["traceback"])))
        return super().process_message(msg, cell, cell_index)

    def _announce(self, cell: NotebookNode, cell_index: int) -> None:
        self._began, self._answer = time.monotonic(), None
        source = cell.source.strip()
        if cell.cell_type == "code" and source:
            self._terminal.line()
            for number, line in enumerate(source.splitlines()):
                self._terminal.line(f"{'In: ' if number == 0 else '    '}{line}")
        elif cell.cell_type == "markdown" and source.startswith("#"):
            self._terminal.line()
            self._terminal.line(f"── {source.splitlines()[0].lstrip('# ')} ──")

    def _complete(self, **_: Any) -> None:
        if self._answer:
            self._answer.whole = time.monotonic() - self._began

    def _update(self, name: str | None, text: str) -> None:
        """Print what a display gained; a display that once lost text is a line that changes."""
        before = self._shown.get(name, "")
        self._shown[name] = text
        if name in self._changing or not text.startswith(before):
            self._changing.add(name)
            self._terminal.change(text)
        elif text != before:
            self._terminal.write(text[len(before) :])
            if self._answer is None:
                self._answer = Answer(time.monotonic() - self._began)
                self.answers.append(self._answer)


def _display(content: dict[str, Any]) -> tuple[str | None, str]:
    """Return the name of a display, if it has one, and its text."""
    data = content["data"]
    text = data.get("text/markdown") or data.get("text/plain") or ""
    name = (content.get("transient") or {}).get("display_id")
    return name, "".join(text) if isinstance(text, list) else str(text)
