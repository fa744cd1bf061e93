"""One running turn: reads the worker's stream to its end, whoever watches.

What watchers are told is on disk first. Both happen at most every `_TELL_EVERY` seconds, so the
cost of a turn does not grow with the speed of the model; the first words go out at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx

from jupyter_sw.chats.store import ChatStore
from jupyter_sw.errors import EngineError, SwError
from jupyter_sw.jobs.guest import GuestRun
from jupyter_sw.jobs.run import JobRun
from jupyter_sw.schemas.chats import Turn, TurnDelta, TurnState
from jupyter_sw.schemas.generation import Timings, Usage

Run = JobRun | GuestRun
_TELL_EVERY = 0.03


class RunningTurn:
    """A turn whose answer is still being written."""

    def __init__(self, chat: str, turn: Turn, store: ChatStore) -> None:
        self.turn = turn
        self._chat = chat
        self._store = store
        self._text = turn.reply
        self._arrived = asyncio.Event()
        self._told = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    def start(self, run: Run, messages: list[dict[str, str]]) -> asyncio.Task[None]:
        """Begin; the task ends when the turn has ended and is on disk."""
        self._task = asyncio.create_task(self._drive(run, messages), name=f"turn of {self._chat}")
        return self._task

    async def stop(self, state: TurnState = TurnState.STOPPED) -> Turn:
        """Stop generation in the worker, keep what has arrived, return the turn as it ended."""
        if self._task is not None and not self._task.done():
            self._task.cancel(state.value)
            await asyncio.wait({self._task})
        return self.turn

    async def watch(self, offset: int) -> AsyncIterator[TurnDelta | Turn]:
        """Yield what comes after `offset` (in characters), and at the end the turn itself."""
        while True:
            turn = self.turn
            if len(turn.reply) > offset:
                text = turn.reply[offset:]
                offset = len(turn.reply)
                yield TurnDelta(offset=offset, text=text)
            if turn.state is not TurnState.RUNNING:
                yield turn
                return
            async with self._told:
                if self.turn is turn:
                    await self._told.wait()

    async def _drive(self, run: Run, messages: list[dict[str, str]]) -> None:
        teller = asyncio.create_task(self._tell_as_it_grows())
        end: dict[str, Any]
        try:
            with run.activity():
                end = await self._generate(run, messages)
        except asyncio.CancelledError as error:
            reason = str(error.args[0]) if error.args else TurnState.INTERRUPTED.value
            end = {"state": TurnState(reason), "finish_reason": "cancelled"}
        except SwError as error:
            if run.leaving:  # paused, cancelled or released: nothing is wrong with the answer
                end = {"state": TurnState.INTERRUPTED, "finish_reason": "cancelled"}
            else:
                end = {"state": TurnState.FAILED, "error": error.to_wire()}
        except Exception as error:  # noqa: BLE001 - a turn must end, also by a bug of ours
            wire = EngineError(f"{type(error).__name__}: {error}").to_wire()
            end = {"state": TurnState.FAILED, "error": wire}
        teller.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await teller
        await self._tell(reply=self._text, ended_at=time.time(), **end)

    async def _generate(self, run: Run, messages: list[dict[str, str]]) -> dict[str, Any]:
        client = run.client
        assert client is not None, "JobManager.running() gave a run that runs"
        params = self.turn.params.model_dump(exclude_none=True)
        body = {"messages": messages, "stream": True, "stream_options": {"include_usage": True}}
        end: dict[str, Any] = {"state": TurnState.DONE}
        finished = False
        async with client.stream(
            "/v1/chat/completions", json.dumps({**body, **params}).encode()
        ) as answer:
            if answer.status_code != 200:
                raise worker_error(await answer.aread())
            async for line in _sse_data(answer):
                if line == "[DONE]":
                    finished = True
                    break
                chunk = json.loads(line)
                if "error" in chunk:
                    raise SwError.from_wire(_wire(chunk["error"]))
                self._take(chunk, end)
        if not finished:
            raise EngineError("The worker's answer broke off.", hint="The job's log tells more.")
        return end

    def _take(self, chunk: dict[str, Any], end: dict[str, Any]) -> None:
        for choice in chunk.get("choices", ()):
            text = choice.get("delta", {}).get("content")
            if text:
                self._text += text
                self._arrived.set()
            if choice.get("finish_reason"):
                end["finish_reason"] = choice["finish_reason"]
        if chunk.get("usage"):
            end["usage"] = Usage.model_validate(chunk["usage"])
        if chunk.get("timings"):
            end["timings"] = Timings.model_validate(chunk["timings"])
        if chunk.get("context_trimmed"):
            end["context_trimmed"] = chunk["context_trimmed"]

    async def _tell_as_it_grows(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            await self._tell(reply=self._text)
            await asyncio.sleep(_TELL_EVERY)

    async def _tell(self, **changes: Any) -> None:
        turn = self.turn.model_copy(update=changes)
        unwanted = await self._store.save_turn(self._chat, turn)
        async with self._told:
            self.turn = turn
            self._told.notify_all()
        if unwanted and turn.state is TurnState.RUNNING and self._task is not None:
            self._task.cancel(TurnState.STOPPED.value)


def worker_error(body: bytes) -> SwError:
    """Return the error a worker's non-200 answer describes."""
    try:
        return SwError.from_wire(_wire(json.loads(body)["error"]))
    except (ValueError, KeyError, TypeError):
        return EngineError(f"The worker refused without a reason: {body[:200]!r}.")


def _wire(error: dict[str, Any]) -> dict[str, Any]:
    return {
        "message": error.get("message"),
        "reason": error.get("code"),
        "hint": error.get("hint", ""),
    }


async def _sse_data(answer: httpx.Response) -> AsyncIterator[str]:
    async for line in answer.aiter_lines():
        if line.startswith("data: "):
            yield line[6:]
