"""A client of a real server, and a job that runs on it."""

from __future__ import annotations

import pytest

from jupyter_sw.client.api import Client
from jupyter_sw.client.connection import Server as Address
from jupyter_sw.client.job import Job
from tests.support import Server


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    """Return a client of the module's server."""
    return Client(Address(url=server.url, token=server.token, origin="environment"))


@pytest.fixture(scope="module")
def job(client: Client, server: Server) -> Job:
    """Return a job with the real model, running."""
    return Job(client, client.job(server.run(engine="llamacpp", release_after=900)["id"]))
