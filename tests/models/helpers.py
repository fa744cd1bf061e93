"""Fetching in a test: the events of one fetch, and its end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.models import FetchEvent, ModelFiles


def fetch_uri(
    uri: str, store: Path, events: list[FetchEvent] | None = None, version: str | None = None
) -> ModelFiles:
    """Plan and fetch a model; the events go to `events`."""
    plan = Registry(store).plan(uri, version)
    seen = events if events is not None else []
    return asyncio.run(fetch(plan, store, seen.append))
