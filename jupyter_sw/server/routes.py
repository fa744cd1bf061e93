"""The one table of routes: paths, handlers, and what goes in and out of each verb."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tornado.web import RequestHandler

from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.chats import (
    ChatDetail,
    ChatPatch,
    ChatRequest,
    Chats,
    Turn,
    TurnDelta,
    TurnRequest,
)
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.embeddings import EmbeddingRequest
from jupyter_sw.schemas.estimates import JobEstimate
from jupyter_sw.schemas.generation import ChatCompletionRequest, CompletionRequest
from jupyter_sw.schemas.jobs import (
    Job,
    JobCommand,
    JobEvents,
    JobNews,
    JobPatch,
    JobRequest,
    Jobs,
    LogLines,
    LogText,
)
from jupyter_sw.schemas.models import ModelDetail, Models
from jupyter_sw.schemas.status import Project, ProjectRequest, Projects, Status
from jupyter_sw.schemas.worker import KernelCall, KernelTask
from jupyter_sw.server.handlers import about, chats, jobs, openai

API = "/jupyter-sw/api/"
DOOR = "/jupyter-sw/v1/"


@dataclass(frozen=True)
class Operation:
    """One verb of a route."""

    summary: str
    response: type[Wire] | None = None
    request: type[Wire] | None = None
    status: int = 200
    query: tuple[str, ...] = ()
    events: dict[str, type[Wire]] = field(default_factory=dict)
    text: bool = False


@dataclass(frozen=True)
class Route:
    """A path under the server's base URL; ``{name}`` is one segment, ``{name:path}`` any rest."""

    path: str
    handler: type[RequestHandler]
    operations: dict[str, Operation]

    @property
    def pattern(self) -> str:
        """Return the path as tornado's regular expression."""
        pattern = re.sub(r"\{\w+:path\}", "(.+)", self.path)
        return re.sub(r"\{\w+\}", "([^/]+)", pattern)


ROUTES = [
    Route(API + "status", about.StatusHandler, {"get": Operation("What this server is", Status)}),
    Route(
        API + "devices",
        about.DevicesHandler,
        {"get": Operation("What there is to run on", Devices)},
    ),
    Route(API + "models", about.ModelsHandler, {"get": Operation("What can be run", Models)}),
    Route(
        API + "models/{uri:path}",
        about.ModelHandler,
        {"get": Operation("One model and the memory it needs", ModelDetail)},
    ),
    Route(
        API + "projects",
        about.ProjectsHandler,
        {
            "get": Operation("Named groups of jobs", Projects),
            "post": Operation("Make a project", Project, ProjectRequest, status=201),
        },
    ),
    Route(API + "openapi.json", about.OpenAPIHandler, {"get": Operation("This document")}),
    Route(
        API + "jobs",
        jobs.JobsHandler,
        {
            "get": Operation(
                "Jobs, pinned ones first, then the newest", Jobs, query=("project", "state")
            ),
            "post": Operation("Run a model", Job, JobRequest, status=201),
        },
    ),
    Route(
        API + "estimate",
        jobs.EstimateHandler,
        {
            "post": Operation(
                "What a job would take and where it would fit; nothing is done",
                JobEstimate,
                JobRequest,
            )
        },
    ),
    Route(
        API + "jobs/{job}",
        jobs.JobHandler,
        {
            "get": Operation("One job, by id, prefix of an id, or name", Job),
            "patch": Operation(
                "Change release times, name, project, comment or pin", Job, JobPatch
            ),
            "delete": Operation("Delete an ended job; it can be restored a while", status=204),
        },
    ),
    Route(
        API + "jobs/{job}/cancel",
        jobs.CancelHandler,
        {"post": Operation("End a job, from every live state", Job)},
    ),
    Route(
        API + "jobs/{job}/pause",
        jobs.PauseHandler,
        {"post": Operation("Give a running job's memory back, keep the job", Job)},
    ),
    Route(
        API + "jobs/{job}/resume",
        jobs.ResumeHandler,
        {"post": Operation("Let a paused job go to the queue again", Job)},
    ),
    Route(
        API + "jobs/{job}/rerun",
        jobs.RerunHandler,
        {"post": Operation("Run a job again with every setting", Job, status=201)},
    ),
    Route(
        API + "jobs/{job}/command",
        jobs.CommandHandler,
        {"get": Operation("The line that asks for the same job again", JobCommand)},
    ),
    Route(
        API + "jobs/{job}/kernel",
        jobs.KernelHandler,
        {
            "post": Operation(
                "A kernel asks for what it is to load; null means ask again", KernelTask, KernelCall
            )
        },
    ),
    Route(
        API + "jobs/{job}/restore",
        jobs.RestoreHandler,
        {"post": Operation("Undo the deletion of a job", Job)},
    ),
    Route(
        API + "jobs/{job}/logs",
        jobs.LogsHandler,
        {
            "get": Operation(
                "A job's log: as text, as a file, or followed",
                query=("offset", "follow", "download"),
                events={"log": LogText},
                text=True,
            )
        },
    ),
    Route(
        API + "jobs/{job}/logs/search",
        jobs.LogSearchHandler,
        {
            "get": Operation(
                "The newest lines of a log with a text in them, of a level or above",
                LogLines,
                query=("text", "level"),
            )
        },
    ),
    Route(
        API + "jobs/{job}/events",
        jobs.EventsHandler,
        {
            "get": Operation(
                "A job's timeline, whole or followed",
                JobEvents,
                query=("follow",),
                events={"job": JobNews},
            )
        },
    ),
    Route(
        API + "chats",
        chats.ChatsHandler,
        {
            "get": Operation(
                "Conversations, most recently used first", Chats, query=("job", "text")
            ),
            "post": Operation("Start a conversation", ChatDetail, ChatRequest, status=201),
        },
    ),
    Route(
        API + "chats/{chat}",
        chats.ChatHandler,
        {
            "get": Operation("A conversation with its turns", ChatDetail),
            "patch": Operation("Change name, system prompt or sampling", ChatDetail, ChatPatch),
            "delete": Operation("Forget a conversation", status=204),
        },
    ),
    Route(
        API + "chats/{chat}/turns",
        chats.TurnsHandler,
        {
            "post": Operation("Say something", Turn, TurnRequest, status=202),
            "delete": Operation("Forget turns: all, or from one on", ChatDetail, query=("from",)),
        },
    ),
    Route(
        API + "chats/{chat}/turns/{n}",
        chats.TurnHandler,
        {
            "get": Operation(
                "Watch a turn from an offset",
                query=("from",),
                events={"delta": TurnDelta, "turn": Turn},
            ),
            "delete": Operation("Stop a running turn", Turn),
        },
    ),
    Route(
        DOOR + "models",
        openai.OpenAIModelsHandler,
        {"get": Operation("Running jobs, as OpenAI lists models")},
    ),
    Route(
        DOOR + "chat/completions",
        openai.OpenAICompletionsHandler,
        {"post": Operation("OpenAI's chat completions", request=ChatCompletionRequest)},
    ),
    Route(
        DOOR + "completions",
        openai.OpenAICompletionsHandler,
        {"post": Operation("OpenAI's completions", request=CompletionRequest)},
    ),
    Route(
        DOOR + "embeddings",
        openai.OpenAICompletionsHandler,
        {"post": Operation("OpenAI's embeddings", request=EmbeddingRequest)},
    ),
]


def handlers() -> list[tuple[Any, ...]]:
    """Return the table in tornado's form."""
    return [(route.pattern, route.handler) for route in ROUTES]
