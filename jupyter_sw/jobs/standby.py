"""When workers are kept on standby, how many, and for which engines."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from jupyter_sw.errors import SwError
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.book import Book
from jupyter_sw.jobs.engines import engine_version
from jupyter_sw.runners.standby import Standbys
from jupyter_sw.schemas.devices import DeviceKind
from jupyter_sw.schemas.jobs import Engine, Job, JobState

log = logging.getLogger(__name__)

ROOMY = 8 * 2**30  # bytes a machine has that keeps one unless the setting says otherwise
SPARE = 2 * 2**30  # bytes that are free before another one is started
_EVERY = 0.5  # seconds
_CALM = 2.0  # seconds since the last job loaded, or since the server started
_ENGINES = (Engine.LLAMACPP, Engine.TRANSFORMERS)


async def keep_standbys(
    book: Book, admission: Admission, standbys: Standbys, count: int | None
) -> None:
    """Keep `count` workers on standby while the machine is calm; until cancelled.

    None for `count` is one where the machine has `ROOMY` memory, and none elsewhere.
    """
    busy_at = time.monotonic()
    # Looked up once: it reads the disk, and this goes on as long as the server.
    installed = await asyncio.to_thread(_installed)
    while count != 0:
        await asyncio.sleep(_EVERY)
        jobs = book.all()
        try:
            if any(job.state is JobState.QUEUED and job.position is not None for job in jobs):
                await standbys.close()  # a job waits for memory
            elif any(job.state is JobState.LOADING for job in jobs):
                busy_at = time.monotonic()
                await standbys.drop_unready()
            elif time.monotonic() - busy_at > _CALM:
                if count is None:
                    count = 1 if (await _memory(admission))[0] >= ROOMY else 0
                wanted = likely_engines(jobs, installed)[:count]
                if standbys.alive < len(wanted) and (await _memory(admission))[1] < SPARE:
                    continue
                await standbys.keep(wanted)
        except (SwError, OSError) as error:
            log.warning("No worker on standby: %s", error)


def likely_engines(jobs: Iterable[Job], installed: list[Engine]) -> list[Engine]:
    """Return the engines that can be prepared for, in the order of `jobs`, newest first."""
    order = dict.fromkeys([*(job.engine for job in jobs), *installed])
    return [name for name in order if name in installed]


def _installed() -> list[Engine]:
    return [name for name in _ENGINES if engine_version(name) is not None]


async def _memory(admission: Admission) -> tuple[int, int]:
    """Return the bytes of main memory there are, and those that are free."""
    devices = (await admission.devices()).devices
    return next((one.total, one.free) for one in devices if one.kind is DeviceKind.CPU)
