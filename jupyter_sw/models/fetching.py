"""Starts the fetch child, hears its events and stops it; the server's side of `fetch`."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from jupyter_sw.errors import FetchError, SwError
from jupyter_sw.models.layout import is_complete
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.sources import found
from jupyter_sw.schemas.models import FetchEvent, ModelFiles, WeightsFormat

_LINE_LIMIT = 1 << 20  # bytes of one event
_GRACE = 3.0  # seconds between TERM and KILL
_JUPYTERS = ("JPY_", "JUPYTERHUB_", "JUPYTER_SERVER_", "JUPYTER_TOKEN")  # no business of a download
_log = logging.getLogger(__name__)


async def fetch(plan: FetchPlan, store: Path, on_event: Callable[[FetchEvent], None]) -> ModelFiles:
    """Bring the weights of a plan to this machine.

    What is here already is returned at once; else a child process downloads, and every event of it
    goes to `on_event`, at most five a second. Cancelling this coroutine ends the child and all that
    it started; whole files are kept for the next attempt.

    Raises
    ------
    SwError
        What the child said went wrong: `GatedModel`, `UnsafeModel`, `NotFound`, `FetchError`…
    """
    files = await asyncio.to_thread(_here, plan, store)
    if files is not None:
        on_event(FetchEvent(done=files.bytes, total=files.bytes, files=files))
        return files
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "jupyter_sw.models.fetch",
        f"--store={store}",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=_LINE_LIMIT,
        cwd=store,  # `-m` puts the working directory on the module path: keep it our own
        env={name: value for name, value in os.environ.items() if not name.startswith(_JUPYTERS)},
    )
    try:
        return await _listen(process, plan, on_event)
    finally:
        await _end(process)


def _here(plan: FetchPlan, store: Path) -> ModelFiles | None:
    store.mkdir(parents=True, exist_ok=True)
    files = plan.files
    if files is not None:
        pickles = files.format is WeightsFormat.PICKLE
        if is_complete(Path(files.path), pickles=pickles):
            return files
    if plan.source in (SourceKind.DIRECTORY, SourceKind.FILE):
        return found(plan, Path(plan.path or ""))
    return None


async def _listen(
    process: asyncio.subprocess.Process, plan: FetchPlan, on_event: Callable[[FetchEvent], None]
) -> ModelFiles:
    assert process.stdin is not None
    assert process.stdout is not None
    errors = asyncio.create_task(_last_words(process))
    with contextlib.suppress(ConnectionError):  # it died at once: there will be no events
        process.stdin.write(plan.model_dump_json().encode())
        await process.stdin.drain()
    process.stdin.close()
    try:
        async for line in process.stdout:
            try:
                event = FetchEvent.model_validate_json(line)
            except ValidationError:
                _log.warning("The fetch process wrote: %r", line[:200])
                continue
            on_event(event)
            if event.error is not None:
                raise SwError.from_wire(event.error)
            if event.files is not None:
                return event.files
        code = await process.wait()
        raise FetchError(
            f"The process that fetched {plan.name} ended with code {code}: {await errors}",
            hint="Run it again: what was fetched whole is kept.",
        )
    finally:
        errors.cancel()


async def _last_words(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    last = "it said nothing."
    async for line in process.stderr:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            _log.debug("fetch: %s", text)
            last = text
    return last


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the child's process group; also when this is cancelled once more."""
    if process.returncode is not None:
        return
    _signal(process.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(process.wait(), _GRACE)
    except asyncio.TimeoutError:
        pass
    finally:
        # The leader's pid is not given away before it was waited for, nor is its group's id.
        if process.returncode is None:
            _signal(process.pid, signal.SIGKILL)
    await process.wait()


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
