"""What a server does for its jobs every now and then."""

from __future__ import annotations

import asyncio
import logging
import time

from jupyter_sw.errors import SwError
from jupyter_sw.jobs.logs import remove_log
from jupyter_sw.jobs.run import JobRun
from jupyter_sw.jobs.tools import Tools
from jupyter_sw.schemas.quantities import format_duration

log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds
_FORGET_EVERY = 60.0
_MOMENTS = ("running_at", "idle_since", "paused_at")


async def keep_house(tools: Tools, runs: dict[str, JobRun]) -> None:
    """Write what was only shown, follow the wall clock, forget what is old; until cancelled."""
    forgot = 0.0
    while True:
        await asyncio.sleep(_EVERY)
        try:
            await _follow_wall_clock(tools, runs)
            await tools.book.flush()
            if time.monotonic() - forgot > _FORGET_EVERY:
                forgot = time.monotonic()
                await _forget_old(tools, runs)
        except SwError as error:
            log.warning("%s", error)
        except Exception:
            log.exception("Housekeeping failed")


async def _follow_wall_clock(tools: Tools, runs: dict[str, JobRun]) -> None:
    """Move what was agreed on by the clock with the clock, when somebody sets it."""
    jump = tools.clock.jump()
    if not jump:
        return
    moved = [run for run in runs.values() if not run.job.state.ended]
    for run in moved:  # all at once: the clock has moved already
        moments = {name: getattr(run.job, name) for name in _MOMENTS}
        changes = {name: at + jump for name, at in moments.items() if at is not None}
        tools.book.show(run.job_id, **changes)
    way = "forward" if jump > 0 else "back"
    for run in moved:
        await tools.book.change(
            run.job_id,
            f"The machine's clock was set {way} by {format_duration(abs(jump))}; "
            "the release times moved with it.",
            cause="server",
        )
        await run.clocks_changed()


async def _forget_old(tools: Tools, runs: dict[str, JobRun]) -> None:
    """Forget what was deleted some time ago, and all but the pinned and newest ended jobs."""
    now, settings = time.time(), tools.settings
    old = [
        job.id
        for job in tools.book.deleted()
        if now - (job.deleted_at or now) > settings.keep_deleted
    ]
    old += await tools.store.beyond(settings.keep_ended)
    # One that has just ended may still be giving its memory back: it is old in a minute, too.
    old = [job for job in old if job not in runs or runs[job].over]
    if not old:
        return
    await tools.book.remove(old)
    # Without a wait after the book has forgotten them: whoever looks at a run finds its job there.
    for job in old:
        runs.pop(job, None)
    for job in old:
        await asyncio.to_thread(remove_log, settings.log(job))
