"""Fixtures of all rooms."""

from __future__ import annotations

import asyncio
import faulthandler
import signal
import sys
from collections.abc import Iterator

import pytest

from jupyter_sw.models.fetching import fetch
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from tests.support import MODEL, STORE, Server, private_server


def pytest_configure() -> None:
    """Let Ctrl+C reach what the tests start: a shell starts what it runs with `&` deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """See that the process ends: a thread of a test that hangs is told, and ends with it."""
    faulthandler.dump_traceback_later(60, exit=True, file=sys.__stderr__)


@pytest.fixture(scope="session")
def smollm2() -> ModelFiles:
    """Return the real model's files, fetched once into the developer's store."""
    plan = Registry(STORE).plan(MODEL, None, Engine.LLAMACPP)
    return asyncio.run(fetch(plan, STORE, lambda _event: None))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, smollm2: ModelFiles) -> Iterator[Server]:
    """Return a private server that the tests of one module share."""
    with private_server(tmp_path_factory.mktemp("server")) as running:
        yield running
