"""The Python API: run models and talk to them from any Python program, over HTTP.

>>> from jupyter_sw.client import run
>>> job = run("smollm2-135m-chat", release="10m")  # doctest: +SKIP
>>> job.ask("What is the capital of France?", temperature=0)  # doctest: +SKIP
'The capital of France is Paris.'

Names are imported when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_sw.client.api import Client as Client
    from jupyter_sw.client.conversation import Chat as Chat
    from jupyter_sw.client.job import Job as Job
    from jupyter_sw.client.running import jobs as jobs
    from jupyter_sw.client.running import run as run
    from jupyter_sw.client.session import connect as connect

_HOMES = {
    "Client": "api",
    "Chat": "conversation",
    "Job": "job",
    "connect": "session",
    "jobs": "running",
    "run": "running",
}

__all__ = ["Chat", "Client", "Job", "connect", "jobs", "run"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
