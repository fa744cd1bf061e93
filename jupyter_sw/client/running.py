"""From a person's words to a job."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_sw.client import session
from jupyter_sw.client.api import Client
from jupyter_sw.client.job import Job
from jupyter_sw.client.project import current as current_project
from jupyter_sw.errors import BadRequest, NotFound
from jupyter_sw.schemas.base import parse
from jupyter_sw.schemas.estimates import JobEstimate
from jupyter_sw.schemas.jobs import Engine, JobNews, JobRequest, Owner, ReplyDefaults
from jupyter_sw.schemas.quantities import parse_bytes, parse_duration

_NAMED = 8  # so many jobs are listed where one has to be chosen

# The job that this process asked for last: what a notebook means where it names none.
_last = ""


def run(
    model: str | None = None,
    *,
    release: str | float | None = None,
    idle: str | float | None = None,
    wait: bool = True,
    on_news: Callable[[JobNews], None] | None = None,
    **options: Any,
) -> Job:
    """Run a model and return its job, running.

    Parameters
    ----------
    model
        Name, URI, ``hf://org/repo`` or path; None for the server's default model.
    release
        Give the memory back so long after it runs: ``30m``, seconds, or ``never``.
    idle
        Give it back after so long without activity.
    wait
        Return only when the model answers; otherwise at once.
    on_news
        Called with every change while waiting.
    **options
        Further fields of `JobRequest`: ``resource``, ``version``, ``handler``, ``engine``,
        ``dtype``, ``quantize``, ``adapter``, ``offload`` (``8GiB``), ``context``, ``project``,
        ``name``, ``comment`` …; and ``system``, ``temperature``, ``top_p``, ``max_tokens`` for
        replies that don't say.
        Without a ``project``, the job goes to the one in use.

    Raises
    ------
    SwError
        BadRequest, NotFound or CannotFit for what cannot be run; JobEnded when it ended on its way.
    """
    client = session.connect()
    job = submit(client, model, release=release, idle=idle, **options)
    return job.wait(on_news=on_news) if wait else job


def submit(
    client: Client,
    model: str | None,
    *,
    release: str | float | None = None,
    idle: str | float | None = None,
    owner_client: str = "api",
    **options: Any,
) -> Job:
    """Ask a server for a job; `owner_client` says from where: `notebook`, `terminal` or `api`."""
    fields: dict[str, Any] = {key: value for key, value in options.items() if value is not None}
    if used := current_project():
        fields.setdefault("project", used)
    fields["model"] = _absolute(model or client.status().default_model)
    if adapter := fields.get("adapter"):
        fields["adapter"] = _absolute(adapter)
    defaults = {name: fields.pop(name) for name in ReplyDefaults.model_fields if name in fields}
    if defaults:
        fields["defaults"] = defaults
    fields["owner"] = Owner(client=owner_client, notebook=os.environ.get("JPY_SESSION_NAME"))
    if offload := fields.get("offload"):
        fields["offload"] = parse_bytes(offload)
    if release is not None:
        fields["release_after"] = parse_duration(release)
    if idle is not None:
        fields["release_idle"] = parse_duration(idle)
    return remember(Job(client, client.submit(parse(JobRequest, fields))))


def outlook(client: Client, model: str) -> tuple[JobEstimate, JobEstimate]:
    """Return what would become of a model as it is run by itself, and with transformers."""
    name = _absolute(model)
    usual = client.estimate(JobRequest(model=name))
    if usual.engine is Engine.TRANSFORMERS:
        return usual, usual
    return usual, client.estimate(JobRequest(model=name, engine=Engine.TRANSFORMERS))


def remember(job: Job) -> Job:
    """Let a job be the one that is meant from now on where none is named; return it."""
    global _last
    _last = job.id
    return job


def jobs(project: str | None = None, *, state: str = "live") -> list[Job]:
    """Return jobs, pinned ones first, then the newest.

    Parameters
    ----------
    project
        Only those of this project.
    state
        A state, `live` or `ended`; empty for all.
    """
    client = session.connect()
    return [Job(client, info) for info in client.jobs(project=project, state=state).jobs]


def find(client: Client, key: str | None, *, state: str = "live") -> Job:
    """Return the job with this id, prefix of an id or name.

    Without a key, the one that this process asked for last if it is in `state`, else the only one
    that is.

    Parameters
    ----------
    state
        Where to look without a key: a state, `live` or `ended`. With `all`, the one that was asked
        for last is found even if it has ended.

    Raises
    ------
    NotFound
        When there is none.
    BadRequest
        When no key was given and several would do; the message lists them.
    """
    if key:
        return Job(client, client.job(key))
    if state == "all":
        with suppress(NotFound):
            if _last:
                return Job(client, client.job(_last))
        state = "live"
    found = client.jobs(state=state).jobs
    if not found:
        start = state in {"live", "running"}
        hint = "Start one with: %sw run MODEL" if start else "All jobs: %sw ps -a"
        raise NotFound(f"No job is {state}.", hint=hint)
    mine = [job for job in found if job.id == _last]
    if len(found) > 1 and not mine:
        names = ", ".join(f"{job.name} ({job.id})" for job in found[:_NAMED])
        more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        raise BadRequest(
            f"Which job? There are {len(found)}: {names}{more}.", hint="Name one of them."
        )
    return Job(client, (mine or found)[0])


def _absolute(model: str) -> str:
    """Make a path absolute: the server's working directory is another one."""
    if model.startswith(("./", "../", "~")) or model in {".", ".."}:
        path = Path(model).expanduser().absolute()
        if not path.exists():
            raise BadRequest(
                f"There is no {path}.", hint="A path names a GGUF file or a directory."
            )
        return str(path)
    return model
