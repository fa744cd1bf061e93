"""A handle on one job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, overload

from jupyter_sw.client import cards
from jupyter_sw.client.api import Client
from jupyter_sw.client.conversation import Chat
from jupyter_sw.client.reply import Reply, ReplyStream
from jupyter_sw.errors import BadRequest, JobEnded, NotReady, ServerUnavailable, SwError, WrongState
from jupyter_sw.schemas import jobs as wire
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.generation import SamplingParams
from jupyter_sw.schemas.quantities import parse_duration

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
    def server_id(self) -> str:
        """Ask the server who it is; a page compares it with its own server's."""
        return self._client.status().server_id

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
        on_news: Callable[[wire.JobNews], None] | None = None,
    ) -> Job:
        """Wait until the job runs and return it.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes. Looked at whenever there is news of the job.
        on_news
            Called with every change on the way.

        Raises
        ------
        JobEnded
            When it ended instead, with the server's reason and hint.
        NotReady
            When `timeout` seconds were not enough; the job goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        for news in self.follow():
            if on_news is not None:
                on_news(news)
            if news.job.state is wire.JobState.RUNNING:
                return self
            if deadline is not None and time.monotonic() > deadline:
                raise NotReady(
                    f"Job {self.id} is still {news.job.state.value} after {timeout:g} s.",
                    hint="It goes on; wait again or cancel it.",
                )
        info = self._info
        raise JobEnded(
            f"{info.name} ({info.id}) {_ENDINGS[info.state]}: {info.reason}".rstrip(": "),
            hint=info.hint,
        )

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

        Raises
        ------
        WrongState
            When the job has ended, or has no release to put off.
        """
        seconds = parse_duration(duration)
        if seconds is None:
            raise BadRequest("By how long?", hint="Try 20m, 1h30m or never.")
        info = self.refresh().info
        if info.state.ended:
            raise WrongState(f"Job {info.id} has ended: it is {info.state.value}.")
        self._info = self._client.change_job(info.id, extension(info, seconds))
        return self

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
        return cards.job_text(self._info)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        with suppress(SwError):  # what was last seen is still worth showing
            self.refresh()
        return {"text/plain": cards.job_text(self._info), "text/html": cards.job_html(self._info)}


_ENDINGS = {
    wire.JobState.FAILED: "failed",
    wire.JobState.CANCELLED: "was cancelled",
    wire.JobState.RELEASED: "was released",
    wire.JobState.SUCCEEDED: "has ended",
    wire.JobState.CANCELLING: "is being cancelled",
}


def extension(job: wire.Job, seconds: float) -> wire.JobPatch:
    """Return the change that puts a job's release off by `seconds`; 0 takes its clocks away.

    Raises
    ------
    WrongState
        When the job has no clock.
    """
    if not job.release_after and not job.release_idle:
        raise WrongState(
            f"Job {job.id} is never released by itself; there is nothing to extend.",
            hint="It runs until it is cancelled.",
        )
    if seconds == 0:
        return wire.JobPatch(release_after=0, release_idle=0)
    if job.release_at is None or job.running_at is None:  # not running yet, or busy
        if job.release_after:
            return wire.JobPatch(release_after=job.release_after + seconds)
        return wire.JobPatch(release_idle=(job.release_idle or 0) + seconds)
    target = job.release_at + seconds
    patch: dict[str, float] = {}
    if job.release_after and job.running_at + job.release_after < target:
        patch["release_after"] = target - job.running_at
    if job.release_idle and job.idle_since and job.idle_since + job.release_idle < target:
        patch["release_idle"] = target - job.idle_since
    return wire.JobPatch(**patch)
