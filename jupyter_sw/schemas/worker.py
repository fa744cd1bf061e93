"""What server and worker say to each other."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import Field

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.jobs import Engine, Grant, JobMetrics
from jupyter_sw.schemas.models import Handler, ModelFiles, Quantize

EXIT_RELEASED = 0
EXIT_LEASE_LAPSED = 3
EXIT_LOAD_FAILED = 4
EXIT_ENGINE_ENDED = 5


class WorkerSpec(Wire):
    """All a worker is told, as one JSON document on its standard input (never argv, never env)."""

    job: str
    files: ModelFiles
    handler: Handler
    system: str = Field(default="", description="System prompt of conversations that bring none.")
    sampling: dict[str, int | float] = Field(
        default_factory=dict, description="Of OpenAI's fields, for requests that leave them out."
    )
    engine: Engine = Field(description="Resolved: never `auto`.")
    dtype: str = Field(default="auto", description="`auto` follows the device's rule.")
    quantize: Quantize | None = None
    adapter: ModelFiles | None = Field(default=None, description="Changes the weights, see peft.")
    context: int = Field(description="Tokens one conversation may have, prompt and reply.")
    slots: int = Field(default=8, description="Sequences that may generate at once.")
    cache_tokens: int = Field(
        description="Size of the KV cache in tokens, shared by all slots; at least `context`."
    )
    grant: list[Grant] = Field(default_factory=list)
    weights_most: dict[str, int] = Field(
        default_factory=dict,
        description="Bytes of weights that each device may take; empty where all go to one.",
    )
    may_run_code: bool = Field(
        default=False, description="Its pickles and its own code are trusted; see `models.trust`."
    )
    allow_hint: str = Field(default="", description="What to tell of a model that wants to.")
    command: list[str] = Field(
        default_factory=list, description="Of the engine `openai_server`: how it is started."
    )
    memory_share: float | None = Field(
        default=None, description="The grant as a share of the GPU it leaves the least of, 0 to 1."
    )
    environment: dict[str, str] = Field(
        default_factory=dict,
        description="Variables that point at the job's devices, for a worker that runs already.",
    )
    threads: int | None = Field(default=None, description="CPU threads to compute with.")
    store: str = Field(description="Model store: where converted weights may be kept.")
    socket: str = Field(description="Path of the Unix socket to serve on, or see `loopback`.")
    token: str = Field(description="What every request must carry as `Authorization: Bearer`.")
    lease_seconds: float = Field(description="Without a renewal for this long the worker ends.")


class KernelCall(Request):
    """A kernel asks whether it may load the model of a job now."""

    pid: Annotated[int, Field(ge=1, le=2**31 - 1)]


class KernelTask(Wire):
    """What it is to load, and where to listen as a worker does; null: not yet, ask again."""

    spec: WorkerSpec | None


class Stage(str, Enum):
    """Where a worker is."""

    STARTING = "starting"
    IMPORTING = "importing"
    CONVERTING = "converting"
    LOADING = "loading"
    WARMING = "warming"
    RUNNING = "running"
    FAILED = "failed"


class EngineInfo(Wire):
    """What the engine settled on; known once it runs."""

    engine: Engine
    device: str
    dtype: str
    context: int
    slots: int
    page: int = Field(default=1, description="Tokens of the KV cache that are given at a time.")
    quantize: Quantize | None = None
    attention: str | None = None
    graphs: bool = Field(default=False, description="Its steps are recorded as CUDA graphs.")
    version: str = Field(default="", description="Of the library that computes.")

    @property
    def words(self) -> str:
        """Return what was settled on, for people."""
        parts = [f"{self.engine.value} {self.version}".strip()]
        parts += [self.dtype] if self.dtype != "auto" else []
        parts += [f"quantized to {self.quantize.value}"] if self.quantize else []
        parts += [f"{self.attention} attention"] if self.attention else []
        parts += ["CUDA graphs"] if self.graphs else []
        parts += [f"{self.slots} replies at once"] if self.slots > 1 else []
        return ", ".join(parts)


class WorkerHealth(Wire):
    """A worker's state; the answer to `GET /health` and to `POST /lease`."""

    job: str
    pid: int
    stage: Stage
    fraction: float | None = None
    detail: str = ""
    error: dict[str, str] | None = None
    engine: EngineInfo | None = None
    metrics: JobMetrics = Field(default_factory=JobMetrics)
    idle: float | None = Field(
        default=None,
        description="Seconds since the last request ended; null while one runs or none came.",
    )


class Lease(Wire):
    """Renews a worker's right to live."""

    seconds: float = Field(description="From now; without a new lease the worker ends then.")
    release_in: float | None = Field(
        default=None, description="Seconds from now; the worker never outlives this."
    )
