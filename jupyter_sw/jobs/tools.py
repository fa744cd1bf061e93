"""What the parts that drive jobs share."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_sw.clock import Clock
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.jobs.store import JobStore
from jupyter_sw.runners.base import Runner
from jupyter_sw.runners.kernel import Kernels
from jupyter_sw.schemas.jobs import JobState


@dataclass(frozen=True)
class Ending:
    """How a job ends, and why."""

    state: JobState
    reason: str
    cause: str = "user"


@dataclass
class Tools:
    """What all runs share."""

    book: Book
    store: JobStore
    admission: Admission
    runner: Runner
    kernels: Kernels
    settings: JobSettings
    clock: Clock
