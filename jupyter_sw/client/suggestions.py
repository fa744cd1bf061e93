"""Names for completion: quick, possibly some seconds old, never an error."""

from __future__ import annotations

import time
from collections.abc import Callable

from jupyter_sw.client.api import Client
from jupyter_sw.client.session import connect_quickly
from jupyter_sw.errors import SwError

_PATIENCE = 0.5  # seconds a person waits for a completion
_MODELS_FRESH = 30.0  # seconds an answer is good for
_JOBS_FRESH = 1.0

_answers: dict[str, tuple[float, list[str]]] = {}


def models() -> list[str]:
    """Return the names of the models in the catalog."""

    def ask(client: Client) -> list[str]:
        return [model.name for model in client.models(timeout=_PATIENCE).models]

    return _cached("models", ask, _MODELS_FRESH)


def jobs(state: str = "live") -> list[str]:
    """Return names and ids of jobs: those in a state, `live`, `ended` or `all`."""
    wanted = None if state == "all" else state

    def ask(client: Client) -> list[str]:
        found = client.jobs(state=wanted, timeout=_PATIENCE).jobs
        return [*dict.fromkeys(job.name for job in found), *(job.id for job in found)]

    return _cached(f"{state} jobs", ask, _JOBS_FRESH)


def projects() -> list[str]:
    """Return the names of the projects."""

    def ask(client: Client) -> list[str]:
        return [project.name for project in client.projects(timeout=_PATIENCE).projects]

    return _cached("projects", ask, _JOBS_FRESH)


def _cached(kind: str, ask: Callable[[Client], list[str]], fresh: float) -> list[str]:
    when, names = _answers.get(kind, (0.0, []))
    if when and time.monotonic() - when < fresh:
        return names
    client = connect_quickly(_PATIENCE)
    if client is None:
        return []
    try:
        names = ask(client)
    except SwError:
        return []
    _answers[kind] = (time.monotonic(), names)
    return names
