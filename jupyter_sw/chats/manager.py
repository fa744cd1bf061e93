"""What can be done with chats; everything a front door needs."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable

from jupyter_sw.chats.store import ChatStore
from jupyter_sw.chats.turn import RunningTurn
from jupyter_sw.errors import BadRequest, NotFound, WrongState
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.manager import JobManager
from jupyter_sw.schemas.chats import (
    Chat,
    ChatDetail,
    ChatPatch,
    ChatRequest,
    Turn,
    TurnDelta,
    TurnRequest,
    TurnState,
)
from jupyter_sw.schemas.generation import SamplingParams, Timings
from jupyter_sw.schemas.jobs import Job, JobKind, JobState

_NAME_LENGTH = 60
_LOOK_EVERY = 0.1  # seconds between looks at what another server writes


class ChatManager:
    """Owns the conversations of one server."""

    def __init__(self, database: Database, jobs: JobManager) -> None:
        self._store = ChatStore(database)
        self._jobs = jobs
        self._running: dict[str, RunningTurn] = {}
        self._on_reply: Callable[[Timings | None], None] = lambda _timings: None

    def on_reply(self, hear: Callable[[Timings | None], None]) -> None:
        """Have `hear` called with the timings of every turn that ends."""
        self._on_reply = hear

    async def stop(self) -> None:
        """Interrupt all running turns; what has arrived stays."""
        turns = list(self._running.values())
        await asyncio.gather(*(turn.stop(TurnState.INTERRUPTED) for turn in turns))

    async def list(self, job: str | None = None, text: str = "") -> list[Chat]:
        """Return chats, most recently used first; with `text`, those that have it in them."""
        return await self._store.list(job, text.strip())

    async def get(self, key: str) -> ChatDetail:
        """Return a chat with its turns; the running one as far as it has come."""
        chat = await self._store.get(key)
        running = self._running.get(key)
        for place, turn in enumerate(chat.turns):
            if running is not None and running.turn.n == turn.n:
                chat.turns[place] = running.turn
        return chat

    async def create(self, request: ChatRequest) -> ChatDetail:
        """Start a conversation with a running job, or go on with turns of an earlier one."""
        job = self._job(request)
        now = time.time()
        chat = Chat(
            id=secrets.token_hex(6),
            job=job.id,
            model_name=job.model_name,
            name=request.name,
            system=request.system,
            params=request.params or SamplingParams(),
            created_at=now,
            updated_at=now,
        )
        turns = [
            Turn(
                **{
                    **past.model_dump(),
                    "n": n,
                    "created_at": now if past.created_at is None else past.created_at,
                }
            )
            for n, past in enumerate(request.turns)
        ]
        chat.turn_count = len(turns)
        await self._store.add(chat, turns)
        return ChatDetail(**chat.model_dump(), turns=turns)

    async def patch(self, key: str, patch: ChatPatch) -> ChatDetail:
        """Change a chat's name, system prompt or sampling; the next turn uses them."""
        chat = await self.get(key)
        changes = {name: getattr(patch, name) for name in patch.model_fields_set}
        chat = chat.model_copy(
            update={name: value for name, value in changes.items() if value is not None}
        )
        await self._store.save(chat)
        return chat

    async def delete(self, key: str) -> None:
        """Forget a chat; a running turn is stopped."""
        await self._store.get(key)
        await self._stop_running(key)
        await self._store.delete(key)

    async def clear(self, key: str, first: int = 0) -> ChatDetail:
        """Forget a chat's turns from `first` on; a running one is stopped."""
        await self._store.get(key)
        await self._stop_running(key)
        await self._store.clear(key, first)
        return await self.get(key)

    async def say(self, key: str, request: TurnRequest) -> Turn:
        """Start the next turn (or put one in the place of an earlier one) and return it at once.

        Raises
        ------
        WrongState
            When a turn of this chat is running, or its job has ended.
        BadRequest
            When the turn to replace is not there.
        """
        chat = await self.get(key)
        if key in self._running or any(turn.state is TurnState.RUNNING for turn in chat.turns):
            raise WrongState(
                "The model is still answering in this chat.", hint="Wait for it, or stop it first."
            )
        n = len(chat.turns) if request.replace is None else request.replace
        if n > len(chat.turns):
            raise BadRequest(f"The chat has {len(chat.turns)} turns; there is no turn {n}.")
        run = self._jobs.running(chat.job)
        params = chat.params.model_dump(exclude_none=True)
        if request.params is not None:
            params |= request.params.model_dump(exclude_none=True)
        now = time.time()
        turn = Turn(
            n=n,
            content=request.content,
            state=TurnState.RUNNING,
            params=SamplingParams(**params),
            created_at=now,
        )
        changes = {"updated_at": now, "name": chat.name or _name(request.content)}
        # Taken before the first await, so that two requests at once cannot both get the place.
        running = self._running[key] = RunningTurn(key, turn, self._store)
        try:
            await self._store.put_turn(chat.model_copy(update=changes), turn)
        except BaseException:
            del self._running[key]
            raise
        task = running.start(run, _messages(chat.system, chat.turns[:n], request.content))

        def done(_task: object) -> None:
            self._running.pop(key, None)
            self._on_reply(running.turn.timings)

        task.add_done_callback(done)
        return turn

    async def stop_turn(self, key: str, n: int) -> Turn:
        """Stop a turn; one that has ended is returned as it is."""
        running = self._running.get(key)
        if running is not None and running.turn.n == n:
            return await running.stop()
        turn = await self._turn(key, n)
        if turn.state is TurnState.RUNNING:  # another server writes it
            await self._store.want_stopped(key, n)
            async for news in self.watch(key, n, len(turn.reply)):
                if isinstance(news, Turn):
                    return news
        return turn

    async def watch(self, key: str, n: int, offset: int) -> AsyncIterator[TurnDelta | Turn]:
        """Yield a turn's reply from `offset`, then the turn as it ended."""
        running = self._running.get(key)
        if running is not None and running.turn.n == n:
            async for news in running.watch(offset):
                yield news
            return
        while True:
            turn = await self._turn(key, n)
            if len(turn.reply) > offset:
                yield TurnDelta(offset=len(turn.reply), text=turn.reply[offset:])
                offset = len(turn.reply)
            if turn.state is not TurnState.RUNNING:
                yield turn
                return
            await asyncio.sleep(_LOOK_EVERY)  # another server writes it

    def _job(self, request: ChatRequest) -> Job:
        if request.job and request.turns:
            job = self._jobs.book.get(request.job)
            # What was said before can wait with its job for the model.
            ends = job.state.ended or job.state is JobState.CANCELLING
            if job.kind is JobKind.SERVED and not ends:
                return job
        return self._jobs.running(request.job or request.model).job

    async def _turn(self, key: str, n: int) -> Turn:
        turns = (await self.get(key)).turns
        if not 0 <= n < len(turns):
            raise NotFound(f"The chat has {len(turns)} turns; there is no turn {n}.")
        return turns[n]

    async def _stop_running(self, key: str) -> None:
        if running := self._running.get(key):
            await running.stop()


def _messages(system: str, turns: list[Turn], content: str) -> list[dict[str, str]]:
    """Return the conversation in OpenAI's form; a turn without an answer is left out."""
    messages = [{"role": "system", "content": system}] if system.strip() else []
    for turn in turns:
        if turn.reply:
            messages.append({"role": "user", "content": turn.content})
            messages.append({"role": "assistant", "content": turn.reply})
    return [*messages, {"role": "user", "content": content}]


def _name(content: str) -> str:
    line = " ".join(content.split())
    return line if len(line) <= _NAME_LENGTH else f"{line[: _NAME_LENGTH - 1]}…"
