"""A handle on one job."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, overload

from jupyter_sw.client import cards, waiting
from jupyter_sw.client.api import Client
from jupyter_sw.client.conversation import Chat
from jupyter_sw.client.reply import Reply, ReplyStream
from jupyter_sw.client.timeline import Timeline
from jupyter_sw.client.waiting import OnNews, States
from jupyter_sw.errors import BadRequest, ServerUnavailable, SwError, WrongState
from jupyter_sw.schemas import jobs as wire
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.generation import SamplingParams
from jupyter_sw.schemas.quantities import parse_duration
from jupyter_sw.schemas.status import Status

if TYPE_CHECKING:
    import openai

_RETRIES = 3


class Job:
    """A handle on a job of the server: it can go, the job stays.

    >>> job = run("smollm2-135m-chat", release="30m")  # doctest: +SKIP
    >>> job.ask("What is the capital of France?", temperature=0)  # doctest: +SKIP
    >>> job.extend("20m")  # doctest: +SKIP
    """

    def __init__(self, client: Client, info: wire.Job) -> None:
        self._client = client
        self._info = info

    @property
    def id(self) -> str:
        """Return the job's id."""
        return self._info.id

    @property
    def info(self) -> wire.Job:
        """Return the job as it was when the server was last asked."""
        return self._info

    @property
    def state(self) -> wire.JobState:
        """Ask the server for the job's state."""
        return self.refresh().info.state

    @property
    def url(self) -> str:
        """Return the base URL for OpenAI clients; the model to name there is `id`."""
        return self._client.openai_url

    @property
    def server(self) -> Status:
        """Ask the job's server who it is and what bounds it sets."""
        return self._client.status()

    def now(self) -> float:
        """Return the server's time, which countdowns are by."""
        return self._client.now()

    def refresh(self) -> Job:
        """Ask the server how the job is; return the job itself."""
        self._info = self._client.job(self.id)
        return self

    # Its life

    def follow(self) -> Iterator[wire.JobNews]:
        """Yield the job as it is, then after every change until it has ended."""
        failures = 0
        while not (failures and self._info.state.ended):
            try:
                for news in self._client.follow_job(self.id):
                    self._info, failures = news.job, 0
                    yield news
            except ServerUnavailable:
                failures += 1
                if failures > _RETRIES:
                    raise
                time.sleep(0.5)
            else:
                return

    def wait(
        self,
        timeout: float | None = None,
        on_news: OnNews | None = None,
        *,
        states: States = wire.JobState.RUNNING,
    ) -> Job:
        """Wait until the job runs, or is in another of `states`, and return it.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        on_news
            Called with every change on the way.
        states
            One state or several; `ended` is every end but a failure.

        Raises
        ------
        JobEnded
            When it ended instead, with the server's reason and hint.
        WrongState
            When it is paused: it would wait for as long as nobody resumes it.
        NotReady
            When `timeout` seconds were not enough; the job goes on.
        """
        waiting.wait(self, states, timeout, on_news)
        return self

    def pause(self) -> Job:
        """Give the job's memory back and keep the job; its release clocks stand still.

        Raises
        ------
        WrongState
            When it does not run, or ends instead.
        """
        self._info = self._client.pause(self.id)
        if self._info.state is wire.JobState.RUNNING:
            self.wait(states=wire.JobState.PAUSED)
        return self

    def resume(self, *, wait: bool = True, on_news: OnNews | None = None) -> Job:
        """Let a paused job go on, through the queue; `wait` until it runs.

        Raises
        ------
        WrongState
            When it is not paused.
        """
        self._info = self._client.resume(self.id)
        return self.wait(on_news=on_news) if wait else self

    def rerun(self, *, wait: bool = True, on_news: OnNews | None = None) -> Job:
        """Start a new job with every setting of this one and return it; `wait` until it runs."""
        job = Job(self._client, self._client.rerun(self.id))
        return job.wait(on_news=on_news) if wait else job

    def cancel(self) -> Job:
        """End the job and wait until its memory is given back.

        Raises
        ------
        WrongState
            When it has ended already.
        """
        self._info = self._client.cancel(self.id)
        for _ in self.follow():
            pass
        return self

    def extend(self, duration: str | float) -> Job:
        """Put off the release by ``20m``, seconds, or for good by ``never``.

        Where the server bounds how long a job runs, it is put off as far as that: see `server`.

        Raises
        ------
        WrongState
            When the job has ended, has no release to put off, or is at the server's limit already.
        """
        seconds = parse_duration(duration)
        if seconds is None:
            raise BadRequest("By how long?", hint="Try 20m, 1h30m or never.")
        info = self.refresh().info
        if info.state.ended:
            raise WrongState(f"Job {info.id} has ended: it is {info.state.value}.")
        if seconds:
            patch = wire.JobPatch(extend=seconds)
        else:
            patch = wire.JobPatch(release_after=0, release_idle=0)
        self._info = self._client.change_job(info.id, patch)
        return self

    def rename(self, name: str) -> Job:
        """Call the job something else."""
        return self._change(name=name)

    def move(self, project: str) -> Job:
        """Put the job into another project."""
        return self._change(project=project)

    def comment(self, text: str) -> Job:
        """Write a note for people; an empty one takes it away."""
        return self._change(comment=text)

    def pin(self, pinned: bool = True) -> Job:
        """List the job first and keep it when it has ended; False undoes it."""
        return self._change(pinned=pinned)

    def _change(self, **fields: str | bool) -> Job:
        self._info = self._client.change_job(self.id, parse(wire.JobPatch, fields))
        return self

    def delete(self) -> Job:
        """Delete the job, its log and its chats once it has ended; `restore` undoes it.

        Raises
        ------
        WrongState
            When it lives.
        """
        self._client.delete_job(self.id)
        self._info = self._info.model_copy(update={"deleted_at": self.now()})
        return self

    def restore(self) -> Job:
        """Undo `delete`, for some minutes.

        Raises
        ------
        NotFound
            When it was too long ago.
        """
        self._info = self._client.restore(self.id)
        return self

    # What happened to it

    def events(self) -> Timeline:
        """Return its timeline: every change of state, grant, extension, warning and error."""
        return Timeline(self._client.events(self.id).events)

    @overload
    def logs(self, *, follow: Literal[False] = False) -> str: ...

    @overload
    def logs(self, *, follow: Literal[True]) -> Iterator[str]: ...

    def logs(self, *, follow: bool = False) -> Iterator[str] | str:
        """Return the job's whole log; with `follow`, an iterator that ends with the job."""
        if follow:
            return self._client.follow_logs(self.id)
        offset = 0
        pieces: list[str] = []
        while True:
            text, offset = self._client.logs(self.id, offset)
            if not text:
                return "".join(pieces)
            pieces.append(text)

    def search_logs(self, text: str = "", level: str = "") -> list[str]:
        """Return the newest lines of the log with `text` in them, of a level or above."""
        return [line.text for line in self._client.search_logs(self.id, text, level).lines]

    # Talking to it

    def chat(self, *, system: str | None = None, new: bool = False, **params: Any) -> Chat:
        """Return the job's newest conversation, or begin one.

        Parameters
        ----------
        system
            System prompt from the next turn on.
        new
            Begin another conversation even if there is one.
        **params
            Sampling settings, as in `SamplingParams`.
        """
        chat = None if new else Chat.newest(self._client, self.id)
        if chat is None:
            return Chat.begin(self._client, self.id, system or "", **params)
        if system is not None or params:
            chat.configure(system=system, **params)
        return chat

    @overload
    def ask(
        self, prompt: str, *, system: str = "", stream: Literal[False] = False, **params: Any
    ) -> Reply: ...

    @overload
    def ask(
        self, prompt: str, *, system: str = "", stream: Literal[True], **params: Any
    ) -> ReplyStream: ...

    def ask(
        self, prompt: str, *, system: str = "", stream: bool = False, **params: Any
    ) -> Reply | ReplyStream:
        """Ask one question outside any conversation.

        Parameters
        ----------
        stream
            Return an iterator of the reply's pieces instead of the whole reply.
        **params
            Sampling settings, as in `SamplingParams`: ``temperature``, ``top_p``, ``top_k``,
            ``max_tokens``, ``seed``, ``stop``.
        """
        sampling = parse(SamplingParams, params).model_dump(exclude_none=True)
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": prompt})
        body = {**sampling, "model": self.id, "messages": messages}
        answer = ReplyStream(self._client, body, cards.model_label(self._info))
        if stream:
            return answer
        for _ in answer:
            pass
        return answer.reply

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text, of length 1: close ones mean something alike.

        Raises
        ------
        BadRequest
            When the model writes texts and embeds none, or a text is empty or too long.
        """
        if isinstance(texts, str):
            raise BadRequest("embed() takes a list of texts.", hint="Write embed([text]).")
        return self._client.embed({"model": self.id, "input": list(texts)}) if texts else []

    def openai(self, **options: Any) -> openai.OpenAI:
        """Return an OpenAI client of this server; name the job's `id` as the model.

        Raises
        ------
        BadRequest
            When the `openai` package is not installed.
        """
        try:
            from openai import OpenAI
        except ImportError as error:
            raise BadRequest(
                "The openai package is not installed.", hint="Install it with: %pip install openai"
            ) from error
        key = self._client.server.token or "none"
        return OpenAI(base_url=self.url, api_key=key, **options)

    # How it shows

    def __repr__(self) -> str:
        return cards.job_text(self._info, self.now())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        with suppress(SwError):  # what was last seen is still worth showing
            self.refresh()
        info, now = self._info, self.now()
        return {"text/plain": cards.job_text(info, now), "text/html": cards.job_html(info, now)}
