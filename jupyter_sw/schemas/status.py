"""What a server says of itself, and how it says no."""

from __future__ import annotations

from pydantic import Field

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.jobs import Engine, Name


class ErrorBody(Wire):
    """The body of every error response."""

    message: str
    reason: str
    hint: str = ""


class EngineAvailability(Wire):
    """Whether an engine can be used here."""

    name: str
    version: str | None = Field(description="Null when the library is not installed.")
    hint: str = Field(default="", description="How to get it.")


class StandbyWorker(Wire):
    """A process that waits for a job with its engine's library imported; it holds no model."""

    engine: Engine
    pid: int
    ready: bool = Field(description="False while it imports.")
    memory: int = Field(description="Bytes of main memory it holds.")


class Project(Wire):
    """A named group of jobs."""

    name: str
    jobs: int = 0


class ProjectRequest(Request):
    """A project to make."""

    name: Name


class Projects(Wire):
    """All projects."""

    projects: list[Project]


class Status(Wire):
    """What a server says of itself."""

    version: str
    server_id: str = Field(description="Differs between servers and between starts.")
    private: bool = Field(description="Started by a client for want of a Jupyter Server.")
    now: float
    default_model: str
    root_dir: str = Field(
        default="",
        description="Directory on its disk that its files are in; empty when it has none.",
    )
    engines: list[EngineAvailability]
    live_jobs: int
    default_release_after: float | None = None
    default_release_idle: float | None = None
    notices: list[str] = Field(
        default_factory=list, description="What a person should know about this server."
    )
    standby: list[StandbyWorker] = Field(
        default_factory=list, description="Workers that the next jobs need not wait for."
    )
    max_release_after: float | None = Field(
        default=None, description="No job may run longer; seconds, null is no bound."
    )
