"""The chat panel: a view of a conversation that the server keeps."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets
from IPython import display as ipython_display

from jupyter_sw.client import cards
from jupyter_sw.client.conversation import turn_note
from jupyter_sw.errors import BadRequest, SwError
from jupyter_sw.schemas.chats import Turn, TurnState
from jupyter_sw.schemas.jobs import Job as JobInfo
from jupyter_sw.widgets.markdown import STYLE, blocks
from jupyter_sw.widgets.transcript import transcript_html, transcript_text

if TYPE_CHECKING:
    from jupyter_sw.client.conversation import Chat, TurnStream
    from jupyter_sw.client.job import Job

_VIEW = "application/vnd.jupyter.widget-view+json"
_STATIC = Path(__file__).parent / "static"
_DELTA_EVERY = 0.05  # seconds between two messages of a growing reply
_RENDER_SHARE = 4  # rendering may take a fifth of the time
_WARNINGS = (600.0, 60.0)  # seconds before a release, as the server warns
_SNAPSHOT_EVERY = 1.0  # seconds between two states of it, for a page that is loaded meanwhile


def _squeezed(script: str) -> str:
    """Return a script without indentation and descriptions: it is saved in every notebook."""
    return re.sub(r"\n\s+", "\n", re.sub(r"/\*\*.*?\*/", "", script, flags=re.DOTALL))


class ChatPanel(anywidget.AnyWidget):
    """Talk to a job below a cell.

    The server keeps the conversation and a turn runs to its end there; threads of this kernel read
    along and send what is new as HTML. Holds no address and no token: its state is saved with the
    notebook.
    """

    _esm = _squeezed((_STATIC / "panel.js").read_text(encoding="utf-8"))
    _css = (_STATIC / "panel.css").read_text(encoding="utf-8") + STYLE

    server_id = traitlets.Unicode().tag(sync=True)
    chat = traitlets.Dict().tag(sync=True)
    """`id`, `model_name`, `system`, `params`."""
    job = traitlets.Dict().tag(sync=True)
    """`id`, `name`, `state`, `hint`, the clocks, and how long the server lets it run."""
    turns: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    """Ended turns, oldest first."""
    live = traitlets.Dict().tag(sync=True)
    """The running turn as of the last snapshot; empty when none runs."""
    problem = traitlets.Unicode().tag(sync=True)
    """What went wrong last, for people."""

    _open: ClassVar[dict[str, ChatPanel]] = {}

    def __init__(self, job: Job, chat: Chat) -> None:
        self._job = job
        self._chat = chat
        # Messages are handled by another thread while a cell runs, and replies read by a third.
        self._lock = threading.RLock()
        self._following: int | None = None
        self._display_id = ""
        server = job.server
        self._longest = server.max_release_after
        state = _job_state(job.info, self._longest)
        super().__init__(server_id=server.server_id, job=state, chat=_chat_state(chat))
        self._answer_while_busy()
        self.on_msg(self._on_message)
        self.refresh()
        self._in_background(self._follow_job)

    @classmethod
    def of(cls, job: Job, chat: Chat) -> ChatPanel:
        """Return this kernel's panel of a conversation, so that it is followed and saved once."""
        panel = cls._open.get(chat.id)
        if panel is None:
            panel = cls._open[chat.id] = cls(job, chat)
        else:
            panel.refresh()
        return panel

    def refresh(self) -> None:
        """Take in the conversation as the server has it."""
        with self._lock:
            history = self._chat.history()
            self.chat = _chat_state(self._chat)
            ended = [turn for turn in history if turn.state is not TurnState.RUNNING]
            self.turns = [_turn_state(turn) for turn in ended]
            for turn in history:
                if turn.state is TurnState.RUNNING:
                    self._follow(self._chat.follow(turn.n))

    def close(self) -> None:
        """Take the panel away; the conversation stays on the server."""
        self._open.pop(self._chat.id, None)
        super().close()

    # What the page asks for

    def _on_message(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        kind = content.get("kind")
        try:
            self.problem = ""
            if kind == "say":
                self._say(str(content["content"]), content.get("replace"))
            elif kind == "follow":
                self._follow(self._chat.follow(int(content["n"])))
            elif kind == "stop":
                self._chat.stop()
            elif kind == "clear":
                self._chat.clear()
                self.refresh()
                self._save_transcript()
            elif kind == "configure":
                self._chat.replace_settings(content.get("system", ""), content.get("params", {}))
                self.refresh()
            elif kind == "extend":
                job = self._job.extend(float(content["seconds"])).info
                self.job = _job_state(job, self._longest)
            elif kind == "resume":
                self.job = _job_state(self._job.resume(wait=False).info, self._longest)
            elif kind == "clock":
                self.send({"kind": "clock", "now": self._job.now()})
            elif kind == "refresh":
                self.refresh()
                self._save_transcript()
            else:
                raise BadRequest(f"The panel cannot do {kind!r}.")
        except SwError as error:
            self.problem = str(error)

    def _say(self, content: str, replace: int | None) -> None:
        with self._lock:
            stream = self._chat.send(content, replace=replace)
            if replace is not None:
                self.turns = [turn for turn in self.turns if turn["n"] < replace]
            self._follow(stream)

    # Reading along

    def _follow(self, stream: TurnStream) -> None:
        with self._lock:
            turn = stream.turn
            if turn.state is not TurnState.RUNNING or self._following == turn.n:
                if turn.state is not TurnState.RUNNING:
                    self._finish(turn)
                return
            self._following = turn.n
            self.live = {**_turn_state(turn), "text": "", "blocks": []}
        self._in_background(lambda: self._read(stream))

    def _read(self, stream: TurnStream) -> None:
        text, sent, due, snapshot = "", list[str](), 0.0, time.monotonic() + _SNAPSHOT_EVERY
        try:
            for piece in stream:
                text += piece
                began = time.monotonic()
                if began < due:
                    continue
                sent = self._send_delta(stream.turn.n, sent, blocks(text))
                now = time.monotonic()
                due = now + max(_DELTA_EVERY, _RENDER_SHARE * (now - began))
                if now >= snapshot:
                    snapshot = now + _SNAPSHOT_EVERY
                    self.live = {**self.live, "text": text, "blocks": sent}
        except SwError as error:
            self.problem = str(error)
        with self._lock:
            self._following = None
            self._finish(stream.turn)

    def _send_delta(self, n: int, sent: list[str], new: list[str]) -> list[str]:
        same = 0
        while same < min(len(sent), len(new)) and sent[same] == new[same]:
            same += 1
        self.send({"kind": "delta", "n": n, "from": same, "blocks": new[same:]})
        return new

    def _finish(self, turn: Turn) -> None:
        earlier = [item for item in self.turns if item["n"] < turn.n]
        with self.hold_sync():
            self.turns = [*earlier, _turn_state(turn)]
            self.live = {}
        self._save_transcript()

    def _follow_job(self) -> None:
        try:
            for news in self._job.follow():
                state = _job_state(news.job, self._longest)
                if state != self.job:
                    self.job = state
        except SwError as error:
            self.problem = str(error)

    def _in_background(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, name=f"chat {self._chat.id}", daemon=True).start()

    def _answer_while_busy(self) -> None:
        """Let messages be handled while a cell runs, where the front end has subshells for it.

        ipykernel 7.4 sends them to the shell that wrote to the page last, which for a widget made
        in a cell is the one that is busy; before 7.4 there was no such method.
        """
        if hasattr(self.comm, "_reply_subshell_for"):
            self.comm._reply_subshell_for = lambda _data, default: default

    # How it shows

    def _ipython_display_(self) -> None:
        # Two outputs: the transcript changes with every turn, which would make the page draw the
        # panel anew if they were one. While the panel lives, the page hides the transcript.
        data, _ = self._repr_mimebundle_()
        _display(data, raw=True)
        handle = _display(self._transcript(), raw=True, display_id=self._display_id or True)
        self._display_id = handle.display_id

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[Any, Any], dict[Any, Any]]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": f"Chat with {self.chat['model_name']}", _VIEW: view}, {}

    def _transcript(self) -> dict[str, str]:
        return {
            "text/plain": transcript_text(self.chat["model_name"], self.turns),
            "text/html": transcript_html(self.chat["model_name"], self.turns, self.chat["id"]),
        }

    def _save_transcript(self) -> None:
        """Put the conversation into the output, so that the saved notebook holds it."""
        if self._display_id:
            _update_display(self._transcript(), raw=True, display_id=self._display_id)


_display: Any = ipython_display.display  # both untyped
_update_display: Any = ipython_display.update_display


def _chat_state(chat: Chat) -> dict[str, Any]:
    detail = chat.detail
    return {
        "id": detail.id,
        "model_name": detail.model_name,
        "system": detail.system,
        "params": detail.params.model_dump(exclude_none=True),
    }


def _job_state(job: JobInfo, longest: float | None) -> dict[str, Any]:
    clocks = {"running_at", "ran_before", "release_after", "release_idle", "release_at"}
    state = job.model_dump(mode="json", include=clocks | {"id", "name", "state"})
    ended = " ".join(part for part in (job.reason, job.hint) if part)
    again = f"{ended} Run it again with: %sw rerun {job.id}" if job.state.ended else ""
    label = cards.model_label(job)
    warn = _warn_within(job)
    return {**state, "hint": again, "label": label, "warn_within": warn, "longest": longest}


def _warn_within(job: JobInfo) -> float:
    """Return how long before its release a person is warned: not if they asked for less."""
    began = (job.running_at or 0.0) - job.ran_before
    fixed = job.release_after and began + job.release_after <= (job.release_at or 0.0)
    span = (job.release_after if fixed else job.release_idle) or 0.0
    return max((before for before in _WARNINGS if before < span), default=0.0)


def _turn_state(turn: Turn) -> dict[str, Any]:
    return {
        "n": turn.n,
        "content": turn.content,
        "text": turn.reply,
        "blocks": blocks(turn.reply),
        "note": turn_note(turn),
        "state": turn.state.value,
        "created_at": turn.created_at,
    }
