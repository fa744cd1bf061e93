"""From what the batching delivers for one request to text."""

from __future__ import annotations

from typing import Any

from jupyter_sw.errors import EngineError
from jupyter_sw.worker.engines.hf.rows import Row
from jupyter_sw.worker.engines.hf.text import StopStrings, TokenText
from jupyter_sw.worker.engines.mailbox import Mailbox


class Reply:
    """Turns what the manager delivers for one request into text."""

    def __init__(self, mailbox: Mailbox, row: Row, text: TokenText, ends: frozenset[int]) -> None:
        self._mailbox = mailbox
        self._row = row
        self._text = text
        self._stops = StopStrings(row.sampling.stop)
        self._ends = ends
        self._seen = 0
        self._reason = "stop"
        self._error: EngineError | None = None
        self._ended = False
        self.complete = False

    def take(self, output: Any) -> bool:
        """Take a delivery, on the event loop; True when nothing more is wanted."""
        if self._ended:
            return False
        error = output.error or self._row.error
        if error is not None:
            self.complete = output.error is not None
            self.fail(EngineError(f"Generation broke off: {error}."))
            return True
        self._mailbox.reused = self._row.reused
        new = output.generated_tokens[self._seen :]
        told = tuple(self._row.logprobs[self._seen : self._seen + len(new)])
        self._seen += len(new)
        self.complete = output.is_finished()
        at_end = bool(new) and new[-1] in self._ends
        text = "".join(map(self._text.add, new[:-1] if at_end else new))
        text, stopped = self._stops.add(text)
        if self.complete and not stopped:
            text += self._stops.rest()
            self._reason = "stop" if at_end else "length"
        self._mailbox.put(text, len(new), told[:-1] if at_end else told)
        return stopped or self.complete

    def fail(self, error: EngineError) -> None:
        """Note what the reply ended with."""
        self._error = error

    def end(self) -> None:
        """Tell the reader that nothing more comes."""
        self._ended = True
        if self._error is not None:
            self._mailbox.fail(self._error)
        else:
            self._mailbox.finish(self._reason)
