"""Waiting for a job to come to a state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from jupyter_sw.errors import BadRequest, JobEnded, NotReady, WrongState
from jupyter_sw.schemas.jobs import Job as Info
from jupyter_sw.schemas.jobs import JobNews, JobState

if TYPE_CHECKING:
    from jupyter_sw.client.job import Job

OnNews = Callable[[JobNews], None]
States = str | JobState | Iterable[str | JobState]

_LOOK_EVERY = 0.2  # seconds between two looks while waiting with a timeout
_ENDINGS = {
    JobState.FAILED: "failed",
    JobState.CANCELLED: "was cancelled",
    JobState.RELEASED: "was released",
    JobState.SUCCEEDED: "has ended",
    JobState.CANCELLING: "is being cancelled",
}


def wait(job: Job, states: States, timeout: float | None, on_news: OnNews | None) -> None:
    """Return when the job is in one of `states`; see `Job.wait`."""
    wanted = wanted_states(states)
    for news in job.follow() if timeout is None else _look(job, timeout):
        if on_news is not None:
            on_news(news)
        if news.job.state in wanted:
            return
        if news.job.state is JobState.PAUSED:
            raise WrongState(
                f"{news.job.name} ({job.id}) is paused.",
                hint=f"Let it go on: %sw resume {job.id}",
            )
    raise ended(job.info)


def ended(info: Info) -> JobEnded:
    """Return the error of a job that ended while something else was waited for."""
    return JobEnded(
        f"{info.name} ({info.id}) {_ENDINGS[info.state]}: {info.reason}".rstrip(": "),
        hint=info.hint,
    )


def wanted_states(states: States) -> set[JobState]:
    """Return the states that are waited for; `ended` is every end but a failure.

    Raises
    ------
    BadRequest
        When there is no such state.
    """
    wanted: set[JobState] = set()
    for name in [states] if isinstance(states, str) else states:
        if name == "ended":
            wanted |= {state for state in JobState if state.ended} - {JobState.FAILED}
            continue
        try:
            wanted.add(JobState(name))
        except ValueError:
            known = ", ".join([*(state.value for state in JobState), "ended"])
            raise BadRequest(f"There is no state {name!r}.", hint=f"States: {known}.") from None
    return wanted


def _look(job: Job, timeout: float) -> Iterator[JobNews]:
    """Yield the job whenever it has changed, for `timeout` seconds or until it has ended.

    By asking again and again: the stream of news says nothing while nothing changes, and a time
    that is up has to be told then, too.
    """
    deadline = time.monotonic() + timeout
    seen = -1
    while True:
        info = job.refresh().info
        if info.seq != seen:
            seen = info.seq
            yield JobNews(job=info, now=job.now())
        if info.state.ended:
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise NotReady(
                f"Job {job.id} is still {info.state.value} after {timeout:g} s.",
                hint="It goes on; wait again or cancel it.",
            )
        time.sleep(min(_LOOK_EVERY, left))
