"""Conversations as they travel."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import Field, field_validator

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.generation import SamplingParams, Timings, Usage

Content = Annotated[str, Field(min_length=1, max_length=1_000_000)]
System = Annotated[str, Field(max_length=200_000)]


class TurnState(str, Enum):
    """Where a turn is."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Turn(Wire):
    """One exchange: what the person said and what the model answered."""

    n: int = Field(description="Place in the chat, from 0.")
    content: str
    reply: str = ""
    state: TurnState
    params: SamplingParams = Field(default_factory=SamplingParams)
    finish_reason: str | None = Field(default=None, description="`stop`, `length` or `cancelled`.")
    context_trimmed: int = Field(default=0, description="Older turns the model did not see.")
    usage: Usage | None = None
    timings: Timings | None = None
    error: dict[str, str] | None = Field(default=None, description="message, reason, hint.")
    created_at: float
    ended_at: float | None = None


class TurnRequest(Request):
    """What a person says next."""

    content: Content
    params: SamplingParams | None = Field(default=None, description="Over the chat's own.")
    replace: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Drop this turn and those after it first: regenerate, edit."
    )


class PastTurn(Request):
    """A turn that a new chat begins with: of another chat, or of a file."""

    content: Content
    reply: Annotated[str, Field(max_length=1_000_000)] = ""
    state: TurnState = TurnState.DONE
    params: SamplingParams = Field(default_factory=SamplingParams)
    finish_reason: Annotated[str, Field(max_length=40)] | None = None
    usage: Usage | None = None
    timings: Timings | None = None
    created_at: float | None = None
    ended_at: float | None = None

    @field_validator("state")
    @classmethod
    def _has_ended(cls, state: TurnState) -> TurnState:
        if state is TurnState.RUNNING:
            raise ValueError("a turn of the past has ended: done, stopped, failed or interrupted")
        return state


class ChatRequest(Request):
    """What a chat starts from. One of `job` and `model`; neither means the newest running job.

    With `turns` it goes on from there: a branch, a copy on another model, an import. Such a chat
    may be made while its job is still on the way.
    """

    job: str | None = None
    model: str | None = None
    name: Annotated[str, Field(max_length=120)] = ""
    system: System = ""
    params: SamplingParams | None = None
    turns: list[PastTurn] = Field(default_factory=list, max_length=1_000)


class ChatPatch(Request):
    """What may be changed of a chat; a field left out stays."""

    name: Annotated[str, Field(max_length=120)] | None = None
    system: System | None = None
    params: SamplingParams | None = None


class Chat(Wire):
    """A conversation, without its turns."""

    id: str
    job: str
    model_name: str
    name: str
    system: str
    params: SamplingParams
    created_at: float
    updated_at: float
    turn_count: int = 0


class ChatDetail(Chat):
    """A conversation with its turns, oldest first."""

    turns: list[Turn] = Field(default_factory=list)


class Chats(Wire):
    """Conversations, most recently used first."""

    chats: list[Chat]


class TurnDelta(Wire):
    """What was added to a reply. `offset` is where it ends: resume from there."""

    offset: int
    text: str
