"""A conversation that the server keeps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_sw.client.api import Client
from jupyter_sw.client.reply import Reply, footer
from jupyter_sw.errors import ServerUnavailable, SwError, WrongState
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.chats import (
    ChatDetail,
    ChatPatch,
    ChatRequest,
    Turn,
    TurnRequest,
    TurnState,
)
from jupyter_sw.schemas.generation import SamplingParams

_RETRIES = 3


class TurnStream:
    """The reply of one turn as it is written: iterate for its pieces, or call `text`.

    The turn runs to its end on the server whether or not anybody reads; reading again begins at
    the beginning, and a connection that breaks is taken up where it broke.
    """

    def __init__(self, client: Client, chat: ChatDetail, turn: Turn) -> None:
        self._client = client
        self._chat = chat
        self.turn = turn
        """The turn as last seen; final once its `state` is not `running`."""

    def __iter__(self) -> Iterator[str]:
        offset, failures = 0, 0
        while True:
            try:
                for news in self._client.follow_turn(self._chat.id, self.turn.n, offset):
                    if isinstance(news, Turn):
                        self.turn = news
                        return
                    offset, failures = news.offset, 0
                    yield news.text
            except ServerUnavailable:
                failures += 1
                if failures > _RETRIES:
                    raise

    def text(self) -> Reply:
        """Wait for the end and return the whole reply.

        Raises
        ------
        SwError
            When the turn failed.
        """
        for _ in self:
            pass
        return reply_of(self._chat, self.turn)

    def stop(self) -> Reply:
        """End the turn within one step of the model and return what was said."""
        self.turn = self._client.stop_turn(self._chat.id, self.turn.n)
        return reply_of(self._chat, self.turn)


def reply_of(chat: ChatDetail, turn: Turn) -> Reply:
    """Return a turn's reply; raise the error of a turn that failed."""
    if turn.state is TurnState.FAILED and turn.error:
        raise SwError.from_wire(turn.error)
    return Reply(
        turn.reply,
        model=chat.model_name,
        usage=turn.usage,
        timings=turn.timings,
        finish_reason=turn.finish_reason,
        context_trimmed=turn.context_trimmed,
    )


def turn_note(turn: Turn) -> str:
    """Say in one line what a turn cost, or what became of it."""
    if turn.error:
        return str(SwError.from_wire(turn.error))
    if turn.state is TurnState.INTERRUPTED:
        return "interrupted: the server was stopped"
    return footer("", turn.usage, turn.timings, turn.finish_reason, turn.context_trimmed)


class Chat:
    """A handle on a conversation; the server keeps its turns.

    >>> chat = job.chat(system="You are terse.")  # doctest: +SKIP
    >>> for piece in chat.send("Who are you?", temperature=0):  # doctest: +SKIP
    ...     print(piece, end="")
    """

    def __init__(self, client: Client, detail: ChatDetail) -> None:
        self._client = client
        self._detail = detail

    @classmethod
    def begin(cls, client: Client, job_id: str, system: str = "", **params: Any) -> Chat:
        """Begin a conversation with a running job; `params` as in `SamplingParams`."""
        request = ChatRequest(job=job_id, system=system, params=parse(SamplingParams, params))
        return cls(client, client.create_chat(request))

    @classmethod
    def newest(cls, client: Client, job_id: str) -> Chat | None:
        """Return the job's most recently used conversation, if it has one."""
        chats = client.chats(job=job_id).chats
        return cls(client, client.chat(chats[0].id)) if chats else None

    @property
    def id(self) -> str:
        """Return the conversation's id."""
        return self._detail.id

    @property
    def detail(self) -> ChatDetail:
        """Return the conversation as last seen."""
        return self._detail

    def history(self) -> list[Turn]:
        """Return all turns as they are now, oldest first."""
        self._detail = self._client.chat(self.id)
        return self._detail.turns

    def send(self, content: str, *, replace: int | None = None, **params: Any) -> TurnStream:
        """Say something; the reply begins at once, whether or not it is read.

        Parameters
        ----------
        replace
            Number of the turn to drop first, with those after it.
        **params
            Sampling settings over the conversation's own, as in `SamplingParams`.
        """
        sampling = parse(SamplingParams, params) if params else None
        request = TurnRequest(content=content, params=sampling, replace=replace)
        return TurnStream(self._client, self._detail, self._client.send(self.id, request))

    def follow(self, n: int) -> TurnStream:
        """Return the reply of turn `n`, running or not."""
        return TurnStream(self._client, self._detail, self.history()[n])

    def regenerate(self, **params: Any) -> TurnStream:
        """Ask the last question again in place of its answer.

        Raises
        ------
        WrongState
            When nothing was said yet.
        """
        turns = self.history()
        if not turns:
            raise WrongState("Nothing was said yet.", hint="Send a message first.")
        return self.send(turns[-1].content, replace=turns[-1].n, **params)

    def stop(self) -> None:
        """Stop the running turn, if one runs; what was said stays."""
        for turn in self.history()[-1:]:
            if turn.state is TurnState.RUNNING:
                self._client.stop_turn(self.id, turn.n)

    def configure(self, *, system: str | None = None, **params: Any) -> None:
        """Change system prompt and sampling settings for the turns to come."""
        patch: dict[str, Any] = {}
        if system is not None:
            patch["system"] = system
        if params:
            kept = self._detail.params.model_dump(exclude_none=True)
            patch["params"] = parse(SamplingParams, {**kept, **params})
        self._detail = self._client.change_chat(self.id, ChatPatch(**patch))

    def replace_settings(self, system: str, params: dict[str, Any]) -> None:
        """Set system prompt and all sampling settings; one that is left out is the model's own."""
        patch = ChatPatch(system=system, params=parse(SamplingParams, params))
        self._detail = self._client.change_chat(self.id, patch)

    def clear(self) -> None:
        """Forget all turns."""
        self._detail = self._client.clear_chat(self.id)

    def __repr__(self) -> str:
        return f"<Chat {self.id} with {self._detail.model_name}: {self._detail.turn_count} turns>"
