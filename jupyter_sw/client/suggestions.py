"""Names for completion: quick, possibly some seconds old, never an error."""

from __future__ import annotations

import time
from collections.abc import Callable

from jupyter_sw.client.api import Client
from jupyter_sw.client.session import connect_quickly
from jupyter_sw.errors import SwError

_PATIENCE = 0.5  # seconds a person waits for a completion
_FRESH = {"models": 30.0, "jobs": 1.0}  # seconds an answer is good for

_answers: dict[str, tuple[float, list[str]]] = {}


def models() -> list[str]:
    """Return the names of the models in the catalog."""

    def ask(client: Client) -> list[str]:
        return [model.name for model in client.models(timeout=_PATIENCE).models]

    return _cached("models", ask)


def jobs() -> list[str]:
    """Return names and ids of the live jobs."""

    def ask(client: Client) -> list[str]:
        live = client.jobs(state="live", timeout=_PATIENCE).jobs
        return [job.name for job in live] + [job.id for job in live]

    return _cached("jobs", ask)


def _cached(kind: str, ask: Callable[[Client], list[str]]) -> list[str]:
    when, names = _answers.get(kind, (0.0, []))
    if when and time.monotonic() - when < _FRESH[kind]:
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
