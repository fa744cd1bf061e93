"""A kernel with ``%sw``, beside a real server and a job that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.magics.kernel import Kernel, running_kernel
from tests.support import Server


@pytest.fixture(scope="module")
def kernel(server: Server) -> Iterator[Kernel]:
    """Return a kernel with the extension loaded."""
    with running_kernel(server.home) as started:
        assert started.run("%load_ext jupyter_sw").ok
        yield started


@pytest.fixture(scope="module")
def job(server: Server) -> dict[str, Any]:
    """Return the one running job."""
    return server.run(engine="llamacpp", release_after=900)
