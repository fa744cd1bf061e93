"""What llama.cpp says about one reply."""

from __future__ import annotations

import json
from typing import Any

from jupyter_sw.errors import BadRequest, ContextOverflow, EngineError, SwError
from jupyter_sw.worker.engines.base import TokenLogprob
from jupyter_sw.worker.engines.mailbox import Mailbox


class Reply:
    """Takes what llama.cpp says about one reply; lives in the thread that waits for it."""

    def __init__(self, mailbox: Mailbox, alternatives: int) -> None:
        self._mailbox = mailbox
        self._alternatives = alternatives
        self._stopped = False
        self._tokens = 0
        self._reason = "stop"
        self._error: SwError | None = None

    def stop(self) -> None:
        """Ask llama.cpp to stop at its next word."""
        self._stopped = True

    def take(self, data: bytes) -> bool:
        """Take one message; True makes llama.cpp cancel the reply."""
        if self._stopped:
            return True
        message = json.loads(data)
        choices = message.get("choices")
        if not choices:
            self._error = _engine_error(message)
            return True
        choice = choices[0]
        if progress := message.get("prompt_progress"):
            self._mailbox.reused = progress["cache"]
        if choice["finish_reason"] is not None:
            self._reason = choice["finish_reason"]
            # Tokens that made no text of their own (half a character, the end of the text).
            rest = message["usage"]["completion_tokens"] - self._tokens
            self._mailbox.put(choice["text"], rest, self._logprobs(choice))
        elif choice["text"]:
            self._tokens += 1
            self._mailbox.put(choice["text"], 1, self._logprobs(choice))
        return False

    def _logprobs(self, choice: dict[str, Any]) -> tuple[TokenLogprob, ...]:
        told = (choice["logprobs"] or {}).get("content", ())
        return tuple(
            TokenLogprob(
                bytes(token["bytes"]),
                token["logprob"],
                tuple(
                    (bytes(other["bytes"]), other["logprob"])
                    for other in token["top_logprobs"][: self._alternatives]
                ),
            )
            for token in told
        )

    def fail(self, error: SwError) -> None:
        """Note what the reply ended with."""
        self._error = error

    def end(self) -> None:
        """Tell the reader that nothing more comes."""
        if self._error is not None and not self._stopped:
            self._mailbox.fail(self._error)
        else:
            self._mailbox.finish(self._reason)


def _engine_error(message: dict[str, Any]) -> SwError:
    error = message.get("error", message)
    words = str(error.get("message", error))
    if error.get("type") == "exceed_context_size_error":
        return ContextOverflow(words)
    if error.get("code") == 400:
        return BadRequest(words)
    return EngineError(f"llama.cpp: {words}")
