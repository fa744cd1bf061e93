"""One error tree for every room of the package.

An error is a sentence a person can act on (``message``), what to do next (``hint``) and a short
``reason`` that programs can switch on. It knows nothing of HTTP: ``server`` maps types to status
codes, ``client`` turns the wire form back into the same type.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar


class SwError(Exception):
    """Anything jupyter_sw tells a person; never raised as such.

    Parameters
    ----------
    message
        What happened, in one sentence, with the numbers or names that matter.
    hint
        What the person can do next; empty when there is nothing to do.
    """

    reason: ClassVar[str] = "error"
    _by_reason: ClassVar[dict[str, type[SwError]]] = {}

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        SwError._by_reason[cls.reason] = cls

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()

    def to_wire(self) -> dict[str, str]:
        """Return the body of an error response: ``{"message", "reason", "hint"}``."""
        return {"message": self.message, "reason": self.reason, "hint": self.hint}

    @classmethod
    def from_wire(cls, body: dict[str, Any]) -> SwError:
        """Rebuild the error that `to_wire` described; an unknown reason gives `ServerError`."""
        kind = cls._by_reason.get(str(body.get("reason", "")), ServerError)
        error = kind.__new__(kind)
        SwError.__init__(error, str(body.get("message", "")), hint=str(body.get("hint", "")))
        return error


class BadRequest(SwError):
    """The input is malformed or asks for something that is not offered; the message names it."""

    reason = "bad_request"


class ContextOverflow(BadRequest):
    """One turn alone is longer than the model's context; the message names both numbers."""

    reason = "context_overflow"


class TooLarge(BadRequest):
    """The body is longer than any request needs to be; the message names the limit."""

    reason = "too_large"


class NotFound(SwError):
    """No job, chat, model or handler goes by that name; the hint lists what there is."""

    reason = "not_found"


class WrongState(SwError):
    """The job or chat exists, but not in a state that allows this."""

    reason = "wrong_state"


class CannotFit(SwError):
    """The model can never fit on the resource asked for; names need, have and a smaller choice."""

    reason = "cannot_fit"


class NotReady(SwError):
    """Asked too early: the job is not running yet. Asking again later is the right thing."""

    reason = "not_ready"


class FetchError(SwError):
    """The weights could not be brought to this machine."""

    reason = "fetch_failed"


class GatedModel(FetchError):
    """The hub wants a licence accepted or a token; the hint names the page and the token used."""

    reason = "gated_model"


class UnsafeModel(FetchError):
    """The weights or the repository could run code (pickle, remote code) and nobody allowed it."""

    reason = "unsafe_model"


class EngineError(SwError):
    """The engine could not load the model or broke while it generated."""

    reason = "engine_failed"


class OutOfMemory(EngineError):
    """The device had less memory than loading the model took."""

    reason = "out_of_memory"

    # Of torch's allocators for CUDA, HIP and MPS, its CPU allocator, C++ and llama.cpp.
    _WORDS: ClassVar = re.compile(
        r"out of memory|can(?:'|no)t allocate memory|(?:failed|unable) to allocate|std::bad_alloc",
        re.IGNORECASE,
    )

    @classmethod
    def told_by(cls, text: str) -> bool:
        """Tell whether a library's words are about a failed allocation."""
        return cls._WORDS.search(text) is not None


class WorkerLost(SwError):
    """The worker process ended or stopped answering before its time."""

    reason = "worker_lost"


class JobEnded(SwError):
    """A job that was waited for ended instead; the message holds its own reason."""

    reason = "job_ended"


class StoreError(SwError):
    """The job store could not be read or written; what was asked for did not happen."""

    reason = "store_failed"


class ServerUnavailable(SwError):
    """No jupyter_sw server answers, and none could be started."""

    reason = "server_unavailable"


class Forbidden(SwError):
    """The server refused the token, or the user may not do this."""

    reason = "forbidden"


class ServerError(SwError):
    """The server failed in a way it does not explain; its log has the rest."""

    reason = "server_error"
