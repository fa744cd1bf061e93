"""Jobs as they travel."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

from pydantic import Field

from jupyter_sw.schemas.base import Request, Wire
from jupyter_sw.schemas.models import Handler, Quantize
from jupyter_sw.schemas.text import Visible

LONGEST = 366 * 86400.0  # seconds
Seconds = Annotated[float, Field(ge=0, le=LONGEST)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w][\w .:@+-]*$")]


class JobState(str, Enum):
    """Where a job is; the legal moves are in `jobs.states`."""

    FETCHING = "fetching"
    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"
    RELEASED = "released"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will happen to the job."""
        return self in _ENDED


_ENDED = {JobState.SUCCEEDED, JobState.CANCELLED, JobState.RELEASED, JobState.FAILED}


class JobKind(str, Enum):
    """Where a model lives: behind the server, in a worker, or in the kernel that asked for it."""

    SERVED = "served"
    KERNEL = "kernel"


class Engine(str, Enum):
    """Who computes."""

    AUTO = "auto"
    TRANSFORMERS = "transformers"
    LLAMACPP = "llamacpp"
    VLLM = "vllm"
    SGLANG = "sglang"
    LLAMA_SERVER = "llama-server"
    OPENAI_SERVER = "openai_server"

    @property
    def is_server(self) -> bool:
        """Tell whether it is a server of its own that the worker starts and asks."""
        return self not in (Engine.AUTO, Engine.TRANSFORMERS, Engine.LLAMACPP)

    @property
    def reads_gguf_only(self) -> bool:
        """Tell whether it is llama.cpp."""
        return self in (Engine.LLAMACPP, Engine.LLAMA_SERVER)

    @property
    def reads_no_gguf(self) -> bool:
        """Tell whether it is one that takes safetensors only."""
        return self in (Engine.VLLM, Engine.SGLANG)


class Owner(Wire):
    """Who asked for a job, and from where."""

    user: str = ""
    client: str = Field(default="api", description="`notebook`, `terminal`, `lab` or `api`.")
    notebook: str | None = Field(default=None, description="Path of the notebook, if known.")


class ReplyDefaults(Request):
    """What a reply gets where a request for it does not say; None leaves it to the model."""

    system: Annotated[Visible, Field(max_length=100_000)] | None = Field(
        default=None, description="System prompt of conversations that bring none."
    )
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Of a reply, at most."
    )

    @property
    def told(self) -> dict[str, Any]:
        """Return those that are set."""
        return self.model_dump(exclude_none=True)

    @property
    def sampling(self) -> dict[str, int | float]:
        """Return what goes into a request in OpenAI's format, by its names there."""
        return self.model_dump(exclude={"system"}, exclude_none=True)


class JobRequest(Request):
    """What a person chooses when they run a model. A duration of 0 means never."""

    model: Annotated[Visible, Field(min_length=1, max_length=512)]
    version: str | None = None
    handler: str | None = Field(default=None, description="`evaluation:chatbot` is `chatbot`.")
    resource: Annotated[Visible, Field(max_length=120)] = "auto"
    runtime: Annotated[Visible, Field(max_length=120)] = "builtin"
    engine: Engine = Engine.AUTO
    dtype: Annotated[str, Field(pattern=r"^(auto|float32|float16|bfloat16)$")] = "auto"
    quantize: Quantize | None = Field(
        default=None, description="Make linear layers smaller while loading; `dtype` computes."
    )
    adapter: Annotated[Visible, Field(min_length=1, max_length=512)] | None = Field(
        default=None, description="A LoRA adapter: a directory, or `hf://org/repo[@revision]`."
    )
    offload: Annotated[int, Field(ge=1, le=2**50)] | None = Field(
        default=None, description="Bytes of the weights to keep in the CPU's memory, not a GPU's."
    )
    context: Annotated[int, Field(ge=64, le=4_194_304)] | None = None
    defaults: ReplyDefaults | None = None
    release_after: Seconds | None = Field(
        default=None, description="Seconds from running; 0 never."
    )
    release_idle: Seconds | None = Field(
        default=None, description="Seconds of no activity; 0 never."
    )
    project: Name = "default"
    name: Name | None = None
    comment: Annotated[Visible, Field(max_length=2000)] = ""
    kind: JobKind = JobKind.SERVED
    owner: Owner | None = None


class JobPatch(Request):
    """What may be changed: clocks while a job lives, the rest always. A field left out stays.

    A duration of 0 means never.
    """

    release_after: Seconds | None = None
    release_idle: Seconds | None = None
    extend: Annotated[float, Field(gt=0, le=LONGEST)] | None = Field(
        default=None,
        description="Seconds to put the release off by, or as far as the server lets a job run; "
        "in place of the clocks.",
    )
    name: Name | None = None
    project: Name | None = None
    comment: Annotated[Visible, Field(max_length=2000)] | None = None
    pinned: bool | None = None


class Progress(Wire):
    """How far a job is on its way to running."""

    stage: str = Field(description="`download`, `queue`, `start`, `import`, `weights`, `warm up`…")
    fraction: float | None = Field(default=None, description="0 to 1; null when it is not known.")
    detail: str = Field(default="", description="For people: bytes, speed, what is waited for.")


class Grant(Wire):
    """Memory a job may use on one device."""

    device: str
    bytes: int
    simulated: bool = Field(default=False, description="The device is pretended; see `devices`.")

    @property
    def place(self) -> str:
        """Return the device as people must see it: never a simulated one without a word."""
        return f"{self.device} (simulated)" if self.simulated else self.device


class ReplyAverages(Wire):
    """The last 50 replies of a job, put together; null where none of them told."""

    replies: int = Field(default=0, description="How many these are.")
    queue: float | None = Field(default=None, description="Mean seconds before their place.")
    first_token: float | None = Field(default=None, description="Mean seconds to first token.")
    per_token: float | None = Field(
        default=None, description="Mean seconds for each token after the first."
    )
    tokens_per_second: float | None = Field(default=None, description="Of one reply, by that.")
    prefill_tokens_per_second: float | None = Field(
        default=None, description="Tokens of the prompts computed in a second of prefill."
    )
    reused: float | None = Field(
        default=None, description="Share of the prompts' tokens found in the cache, 0 to 1."
    )


class KvUse(Wire):
    """The KV cache, as far as running replies fill it.

    What is kept of earlier replies does not count: it makes room when that is needed.
    """

    share: float = Field(description="Of the whole cache, 0 to 1.")
    tokens: int | None = Field(default=None, description="Null where only the share is told.")
    capacity: int | None = Field(default=None, description="Tokens that fit.")


class JobMetrics(Wire):
    """What a running job does, as its worker last told."""

    memory: int | None = Field(default=None, description="Bytes the worker holds now.")
    running: int = Field(default=0, description="Requests generating.")
    waiting: int = Field(default=0, description="Requests waiting for a place.")
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    tokens_per_second: float | None = Field(
        default=None, description="Of the last seconds, all replies together."
    )
    averages: ReplyAverages = Field(default_factory=ReplyAverages)
    kv: KvUse | None = Field(default=None, description="Null where the engine does not tell.")


class PhaseSeconds(Wire):
    """How long each phase took; null for one that has not ended."""

    fetching: float | None = None
    queued: float | None = None
    loading: float | None = None


class Job(Wire):
    """One run of a handler, as everybody sees it."""

    id: str
    name: str
    model: str = Field(description="Canonical model URI, with version once it is known.")
    model_name: str
    version: str | None = None
    tags: list[str] = Field(default_factory=list)
    handler: Handler
    resource: str
    runtime: str
    engine: Engine
    dtype: str
    quantize: Quantize | None = None
    adapter: str | None = None
    offload: int | None = Field(default=None, description="Bytes kept in the CPU's memory.")
    context: int | None = None
    defaults: ReplyDefaults | None = None
    project: str
    comment: str = ""
    pinned: bool = Field(
        default=False, description="Listed first, and kept however many jobs have ended since."
    )
    kind: JobKind = JobKind.SERVED
    owner: Owner
    state: JobState
    reason: str = Field(default="", description="Why it is in this state, for people.")
    hint: str = Field(default="", description="What to do about it.")
    progress: Progress | None = None
    position: int | None = Field(default=None, description="Place in the queue; 1 is next.")
    created_at: float
    running_at: float | None = Field(
        default=None,
        description="Since when it runs, or last ran; null while it is paused and queued again.",
    )
    paused_at: float | None = None
    ran_before: float = Field(
        default=0.0,
        description="Seconds it ran before its last pause; `release_after` counts them.",
    )
    ended_at: float | None = None
    release_after: float | None = Field(default=None, description="Seconds; null is never.")
    release_idle: float | None = Field(default=None, description="Seconds; null is never.")
    release_at: float | None = Field(default=None, description="When it is released, as of now.")
    idle_since: float | None = Field(
        default=None, description="End of the last activity; null while busy."
    )
    grant: list[Grant] = Field(default_factory=list)
    metrics: JobMetrics = Field(default_factory=JobMetrics)
    phases: PhaseSeconds = Field(default_factory=PhaseSeconds)
    pid: int | None = Field(default=None, description="Process id of the worker while it lives.")
    rerun_of: str | None = Field(default=None, description="Id of the job it repeats.")
    deleted_at: float | None = Field(
        default=None, description="Deleted; not listed, and can be restored for a while."
    )
    seq: int = Field(default=0, description="Grows with every change of this job.")


class Jobs(Wire):
    """The jobs, pinned ones first, then the newest, and the server's clock for countdowns."""

    jobs: list[Job]
    now: float


class JobEvent(Wire):
    """One line of a job's timeline."""

    job: str
    time: float
    kind: str = Field(
        description="`state`, `grant`, `changed`, `extension`, `warning`, `error` or `deleted`."
    )
    state: JobState
    message: str
    cause: str = Field(
        default="",
        description="Who or what did it: `user`, `release clock`, `idle clock`, `worker`, `device` "
        "or `server`.",
    )


class JobEvents(Wire):
    """A job's timeline, oldest first."""

    events: list[JobEvent]


class JobCommand(Wire):
    """How a person would ask for the same job again."""

    command: str = Field(description="The line of a notebook cell.")


class JobNews(Wire):
    """What the event bus and the follow stream carry: a job as it is after a change.

    `event` is null when only progress or metrics moved.
    """

    job: Job
    event: JobEvent | None = None
    now: float


class LogLine(Wire):
    """A line of a job's log that was searched for."""

    offset: int = Field(description="Where it begins, in bytes of all that was ever written.")
    level: str = Field(default="", description="`INFO`, `WARNING`, `ERROR`…")
    text: str


class LogLines(Wire):
    """What a search found: the newest lines, in order."""

    lines: list[LogLine]


class LogText(Wire):
    """A piece of a job's log; `offset` (bytes) is where to go on."""

    text: str
    offset: int
