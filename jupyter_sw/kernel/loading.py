"""Loads a model into this process."""

from __future__ import annotations

from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

from jupyter_sw.client import running, session
from jupyter_sw.client.job import Job
from jupyter_sw.client.waiting import OnNews
from jupyter_sw.errors import SwError
from jupyter_sw.kernel.holder import Holder
from jupyter_sw.schemas.jobs import JobKind

_MOMENT = 30.0  # seconds from the server's word to the objects


class Loaded(NamedTuple):
    """A model of transformers, its tokenizer, and the job that holds its memory."""

    model: Any
    tokenizer: Any
    job: Job


def load(
    model: str | None = None,
    *,
    names: MutableMapping[str, Any] | None = None,
    on_news: OnNews | None = None,
    owner_client: str = "api",
    **options: Any,
) -> Loaded:
    """Load a model and its tokenizer into this process and return them.

    The memory is granted, shown and released as that of every job. It is released by the job's
    clocks or its cancelling, by deleting every name of the model, and with the process. What
    releases it takes the weights out of the model: whoever still holds it cannot use it any more.

    Parameters
    ----------
    model
        Name, URI, ``hf://org/repo`` or path; None for the server's default model.
    names
        Variables of the person's; those that hold the model or its tokenizer are deleted at its
        release.
    on_news
        Called with every change while waiting.
    **options
        As `jupyter_sw.client.run`.

    Raises
    ------
    SwError
        As `jupyter_sw.client.run`; it is cancelled when the wait is interrupted.

    Examples
    --------
    >>> model, tokenizer, job = load("smollm2-135m-chat", release="1h")  # doctest: +SKIP
    """
    client = session.connect()
    # In a thread: an interrupt must not come between the server having the job and us knowing it.
    aside = ThreadPoolExecutor(1)
    asked = aside.submit(
        running.submit, client, model, owner_client=owner_client, kind=JobKind.KERNEL, **options
    )
    aside.shutdown(wait=False)
    try:
        job = asked.result()
        holder = Holder(client, job.id, {} if names is None else names)
        holder.start()
        job.wait(on_news=on_news)
        pair = holder.loaded.result(_MOMENT)
    except KeyboardInterrupt:
        with suppress(SwError):
            asked.result().cancel()
        raise
    holder.loaded = None  # type: ignore[assignment]  # it would hold the model
    return Loaded(*pair, job)
