"""Jobs over HTTP."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.jobs import (
    JobCommand,
    JobEvents,
    JobPatch,
    JobRequest,
    Jobs,
    JobState,
    LogLines,
    LogText,
    Owner,
)
from jupyter_sw.schemas.worker import KernelCall, KernelTask
from jupyter_sw.server.base import SwHandler

_TEXT = "text/plain; charset=utf-8"
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_STATES = {state.value for state in JobState} | {"live", "ended"}


class JobsHandler(SwHandler):
    """All jobs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List jobs, pinned ones first, then the newest."""
        state = self.get_query_argument("state", None)
        if state and state not in _STATES:
            raise BadRequest(f"There is no state {state!r}.", hint=f"States: {sorted(_STATES)}.")
        jobs = self.house.jobs.find(self.get_query_argument("project", None), state)
        self.reply(Jobs(jobs=jobs, now=time.time()))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Submit a job."""
        request = self.body(JobRequest)
        owner = request.owner or Owner()
        # Who asks is the server's to say, not the client's.
        owner.user = str(self.current_user.username)
        job = await self.house.jobs.submit(request.model_copy(update={"owner": owner}))
        self.set_header("Location", f"{self.request.path.rstrip('/')}/{job.id}")
        self.reply(job, status=201)


class EstimateHandler(SwHandler):
    """What would become of a job."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Tell what a job would take and where it would fit; nothing is done."""
        self.reply(await self.house.jobs.estimate(self.body(JobRequest)))


class JobHandler(SwHandler):
    """One job, by id, unique prefix of an id, or name."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Tell how a job is."""
        self.reply(self.house.jobs.book.get(key))

    @web.authenticated
    @authorized
    async def patch(self, key: str) -> None:
        """Change its release times, name, project, comment or pin."""
        self.reply(await self.house.jobs.patch(key, self.body(JobPatch)))

    @web.authenticated
    @authorized
    async def delete(self, key: str) -> None:
        """Forget an ended job."""
        await self.house.jobs.delete(key)
        self.set_status(204)
        self.finish()


class CancelHandler(SwHandler):
    """The end of a job."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """End a job, from every live state."""
        self.reply(await self.house.jobs.cancel(key))


class PauseHandler(SwHandler):
    """A rest for a job."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Give a running job's memory back and keep the job."""
        self.reply(await self.house.jobs.pause(key))


class ResumeHandler(SwHandler):
    """The end of a rest."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Let a paused job go to the queue again."""
        self.reply(await self.house.jobs.resume(key))


class RerunHandler(SwHandler):
    """A job once more."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Start a new job with every setting of this one."""
        job = await self.house.jobs.rerun(key)
        self.set_header("Location", url_path_join(self.base_url, "jupyter-sw/api/jobs", job.id))
        self.reply(job, status=201)


class CommandHandler(SwHandler):
    """How a job is asked for again."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Return the line to type for the same job."""
        self.reply(JobCommand(command=await self.house.jobs.command(key)))


class KernelHandler(SwHandler):
    """A kernel that asked for a model."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Tell it what to load when the job has its memory."""
        call = self.body(KernelCall)
        self.reply(KernelTask(spec=await self.house.jobs.kernel_task(key, call.pid)))


class RestoreHandler(SwHandler):
    """A deletion undone."""

    @web.authenticated
    @authorized
    async def post(self, key: str) -> None:
        """Restore a deleted job, by its whole id."""
        self.reply(await self.house.jobs.restore(key))


class LogsHandler(SwHandler):
    """A job's log."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Return the log from an offset, all of it as a file, or follow it."""
        jobs, offset = self.house.jobs, self.offset("offset")
        if self.flag("download"):
            await self.while_connected(self._download(key))
            return
        if self.flag("follow"):
            await self.stream(_log_events(jobs.follow_log(key, offset)))
            return
        text, offset = await jobs.read_log(key, offset)
        self.set_header("X-Next-Offset", str(offset))
        self.finish(text, set_content_type=_TEXT)

    async def _download(self, key: str) -> None:
        jobs, offset = self.house.jobs, 0
        name = jobs.book.get(key).id
        self.set_header("Content-Type", _TEXT)
        self.set_header("Content-Disposition", f'attachment; filename="jupyter-sw-{name}.log"')
        while True:
            text, offset = await jobs.read_log(key, offset)
            if not text:
                self.finish(set_content_type=_TEXT)
                return
            self.write(text)
            await self.flush()


class LogSearchHandler(SwHandler):
    """Lines of a job's log."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Return the newest lines with a text in them, of a level or above."""
        text = self.get_query_argument("text", "", strip=False)
        level = self.get_query_argument("level", "")
        if level and level.upper() not in _LEVELS:
            raise BadRequest(f"There is no level {level!r}.", hint=f"Levels: {', '.join(_LEVELS)}.")
        self.reply(LogLines(lines=await self.house.jobs.search_log(key, text, level)))


class EventsHandler(SwHandler):
    """A job's timeline."""

    @web.authenticated
    @authorized
    async def get(self, key: str) -> None:
        """Return the timeline, or follow the job until it has ended."""
        jobs = self.house.jobs
        if self.flag("follow"):
            news = jobs.follow(key)
            await self.stream(_job_events(news))
        else:
            self.reply(JobEvents(events=await jobs.events(key)))


async def _log_events(
    log: AsyncIterator[tuple[str, int]],
) -> AsyncIterator[tuple[str, Wire | None]]:
    async for text, offset in log:
        yield "log", LogText(text=text, offset=offset)
    yield "end", None


async def _job_events(news: AsyncIterator[Wire]) -> AsyncIterator[tuple[str, Wire | None]]:
    async for item in news:
        yield "job", item
    yield "end", None
