"""The HTTP API of a server, one typed method an endpoint."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import quote

from jupyter_sw.client.connection import Server
from jupyter_sw.client.http import Http
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
from jupyter_sw.schemas.estimates import JobEstimate
from jupyter_sw.schemas.jobs import (
    Job,
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

W = TypeVar("W", bound=Wire)


class Client:
    """What a server can be asked.

    Every method raises the `jupyter_sw.errors` type that the server names, and
    `ServerUnavailable` when it does not answer. Safe to use from several threads.
    """

    def __init__(self, server: Server) -> None:
        self.server = server
        self.http = Http(server)
        self._ahead = 0.0

    def __repr__(self) -> str:
        return f"<Client of {self.server.url} ({self.server.origin})>"

    @property
    def openai_url(self) -> str:
        """Return the base URL that OpenAI clients are given."""
        return f"{self.server.url}jupyter-sw/v1"

    def now(self) -> float:
        """Return the server's time, as last learned: countdowns are by its clock, not by ours."""
        return time.time() + self._ahead

    # What there is

    def status(self, *, timeout: float | None = None) -> Status:
        """Return what the server says of itself; `timeout` in seconds."""
        response = self.http.request("GET", "api/status", timeout=timeout)
        status = Status.model_validate_json(response.content)
        self._ahead = status.now - time.time()
        return status

    def devices(self) -> Devices:
        """Return the devices with their memory now."""
        return self._get(Devices, "api/devices")

    def models(self, *, timeout: float | None = None) -> Models:
        """Return the models that can be run; `timeout` in seconds."""
        response = self.http.request("GET", "api/models", timeout=timeout)
        return Models.model_validate_json(response.content)

    def model(self, uri: str) -> ModelDetail:
        """Return one model with the memory it needs at several precisions."""
        return self._get(ModelDetail, f"api/models/{_segment(uri)}")

    # Jobs

    def jobs(
        self, *, project: str | None = None, state: str | None = None, timeout: float | None = None
    ) -> Jobs:
        """Return jobs, pinned ones first, then the newest.

        Parameters
        ----------
        state
            A state, `live` or `ended`.
        timeout
            Seconds.
        """
        params = {k: v for k, v in (("project", project), ("state", state)) if v}
        response = self.http.request("GET", "api/jobs", params=params, timeout=timeout)
        return Jobs.model_validate_json(response.content)

    def estimate(self, request: JobRequest) -> JobEstimate:
        """Return what would become of a job: what it takes, and whether that fits now."""
        return self._send(JobEstimate, "POST", "api/estimate", request)

    def submit(self, request: JobRequest) -> Job:
        """Ask for a job and return it as it starts its way."""
        return self._send(Job, "POST", "api/jobs", request)

    def job(self, job_id: str) -> Job:
        """Return one job."""
        return self._get(Job, _job(job_id))

    def change_job(self, job_id: str, patch: JobPatch) -> Job:
        """Change a live job's clocks; the name, project, comment and pin of any job."""
        return self._send(Job, "PATCH", _job(job_id), patch)

    def cancel(self, job_id: str) -> Job:
        """Ask for a job's end; its process is gone when the state is `cancelled`."""
        return self._send(Job, "POST", _job(job_id, "/cancel"))

    def pause(self, job_id: str) -> Job:
        """Have a running job give its memory back; its process is gone when it is `paused`."""
        return self._send(Job, "POST", _job(job_id, "/pause"))

    def resume(self, job_id: str) -> Job:
        """Let a paused job go on, through the queue."""
        return self._send(Job, "POST", _job(job_id, "/resume"))

    def rerun(self, job_id: str) -> Job:
        """Start a new job with every setting of another one."""
        return self._send(Job, "POST", _job(job_id, "/rerun"))

    def kernel_task(self, job_id: str, pid: int) -> KernelTask:
        """Return what process `pid` is to load for a job; with nothing in it, ask again."""
        body = KernelCall(pid=pid).model_dump()
        response = self.http.request("POST", _job(job_id, "/kernel"), body=body, timeout=60)
        return KernelTask.model_validate_json(response.content)

    def delete_job(self, job_id: str) -> None:
        """Delete an ended job; for some minutes it can be restored."""
        self.http.request("DELETE", _job(job_id))

    def restore(self, job_id: str) -> Job:
        """Undo the deletion of a job, by its whole id."""
        return self._send(Job, "POST", _job(job_id, "/restore"))

    def events(self, job_id: str) -> JobEvents:
        """Return a job's timeline."""
        return self._get(JobEvents, _job(job_id, "/events"))

    def follow_job(self, job_id: str) -> Iterator[JobNews]:
        """Yield a job as it is, then after every change until it has ended."""
        params = {"follow": "true"}
        with self.http.stream("GET", _job(job_id, "/events"), params=params) as events:
            for event in events:
                if event.name == "job":
                    yield JobNews.model_validate_json(event.data)

    def logs(self, job_id: str, offset: int = 0) -> tuple[str, int]:
        """Return log text from a byte offset, and the offset to go on from."""
        response = self.http.request("GET", _job(job_id, "/logs"), params={"offset": offset})
        return response.text, int(response.headers["X-Next-Offset"])

    def search_logs(self, job_id: str, text: str = "", level: str = "") -> LogLines:
        """Return the newest lines of a log with `text` in them, of a level or above."""
        response = self.http.request(
            "GET", _job(job_id, "/logs/search"), params={"text": text, "level": level}
        )
        return LogLines.model_validate_json(response.content)

    def follow_logs(self, job_id: str, offset: int = 0) -> Iterator[str]:
        """Yield log text from a byte offset until the job has ended."""
        params = {"offset": offset, "follow": "true"}
        with self.http.stream("GET", _job(job_id, "/logs"), params=params) as events:
            for event in events:
                if event.name == "log":
                    yield LogText.model_validate_json(event.data).text

    # Projects

    def projects(self, *, timeout: float | None = None) -> Projects:
        """Return all projects with how many jobs they have; `timeout` in seconds."""
        response = self.http.request("GET", "api/projects", timeout=timeout)
        return Projects.model_validate_json(response.content)

    def create_project(self, name: str) -> Project:
        """Make a project; one that is there stays as it is."""
        return self._send(Project, "POST", "api/projects", ProjectRequest(name=name))

    # Chats

    def chats(self, *, job: str | None = None, text: str = "") -> Chats:
        """Return conversations, most recently used first; with `text`, those that have it."""
        wanted = {"job": job, "text": text}
        return self._get(Chats, "api/chats", {key: val for key, val in wanted.items() if val})

    def create_chat(self, request: ChatRequest) -> ChatDetail:
        """Begin a conversation."""
        return self._send(ChatDetail, "POST", "api/chats", request)

    def chat(self, chat_id: str) -> ChatDetail:
        """Return a conversation with its turns."""
        return self._get(ChatDetail, f"api/chats/{chat_id}")

    def change_chat(self, chat_id: str, patch: ChatPatch) -> ChatDetail:
        """Change a conversation's name, system prompt or sampling settings."""
        return self._send(ChatDetail, "PATCH", f"api/chats/{chat_id}", patch)

    def clear_chat(self, chat_id: str) -> ChatDetail:
        """Forget all turns of a conversation."""
        return self._send(ChatDetail, "DELETE", f"api/chats/{chat_id}/turns")

    def delete_chat(self, chat_id: str) -> None:
        """Forget a conversation."""
        self.http.request("DELETE", f"api/chats/{chat_id}")

    def send(self, chat_id: str, request: TurnRequest) -> Turn:
        """Begin a turn; it runs to its end whether or not anybody follows."""
        return self._send(Turn, "POST", f"api/chats/{chat_id}/turns", request)

    def follow_turn(self, chat_id: str, n: int, offset: int = 0) -> Iterator[TurnDelta | Turn]:
        """Yield what is added to a reply from an offset on, and last the finished turn."""
        with self.http.stream(
            "GET", f"api/chats/{chat_id}/turns/{n}", params={"from": offset}
        ) as events:
            for event in events:
                if event.name == "delta":
                    yield TurnDelta.model_validate_json(event.data)
                elif event.name == "turn":
                    yield Turn.model_validate_json(event.data)

    def stop_turn(self, chat_id: str, n: int) -> Turn:
        """End a running turn within one step of the model, keeping what was said."""
        return self._send(Turn, "DELETE", f"api/chats/{chat_id}/turns/{n}")

    # The OpenAI door

    def complete(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Stream a chat completion and yield OpenAI's chunks; leaving off stops the model."""
        path = "v1/chat/completions"
        with self.http.stream("POST", path, body={**body, "stream": True}) as events:
            for event in events:
                if event.data == "[DONE]":
                    return
                yield json.loads(event.data)

    def embed(self, body: dict[str, Any]) -> list[list[float]]:
        """Return the vectors of some texts, in their order."""
        answer = json.loads(self.http.request("POST", "v1/embeddings", body=body).content)
        return [one["embedding"] for one in answer["data"]]

    def _get(self, kind: type[W], path: str, params: dict[str, Any] | None = None) -> W:
        return kind.model_validate_json(self.http.request("GET", path, params=params).content)

    def _send(self, kind: type[W], method: str, path: str, body: Wire | None = None) -> W:
        # A field left out and a null differ in a patch, so only what was set travels.
        data = body.model_dump(mode="json", exclude_unset=True) if body is not None else None
        return kind.model_validate_json(self.http.request(method, path, body=data).content)


def _segment(text: str) -> str:
    return quote(text, safe="")


def _job(job_id: str, rest: str = "") -> str:
    return f"api/jobs/{_segment(job_id)}{rest}"
