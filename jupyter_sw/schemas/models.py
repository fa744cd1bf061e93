"""What can be run: models, their versions, and the memory they need."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from jupyter_sw.schemas.base import Wire


class Handler(str, Enum):
    """What a job does with its model."""

    CHATBOT = "chatbot"
    COMPLETION = "completion"
    EMBEDDING = "embedding"


class WeightsFormat(str, Enum):
    """How the weights lie on disk."""

    SAFETENSORS = "safetensors"
    GGUF = "gguf"
    PICKLE = "pickle"
    ADAPTER = "adapter"


class Quantize(str, Enum):
    """Of how many bits the weights of linear layers are made while a model is loaded."""

    EIGHT = "8bit"
    FOUR = "4bit"


class MemoryNeed(Wire):
    """Bytes a model needs while it runs, by part. `exact` when read from headers, not guessed."""

    dtype: str
    quantize: Quantize | None = None
    context: int
    slots: int = Field(description="Sequences that may generate at once.")
    weights: int
    kv_cache: int
    overhead: int
    offload: int = Field(
        default=0, description="Of the weights, what stays in the CPU's memory; not in `weights`."
    )
    exact: bool = False

    @property
    def total(self) -> int:
        """Return the bytes of all parts together."""
        return self.weights + self.kv_cache + self.overhead


class ModelVersion(Wire):
    """Content of a model: a hub commit or a hash."""

    version: str = Field(description="Full version; `latest` until it was fetched once.")
    short: str = Field(description="First eight characters, as shown.")
    tags: list[str] = Field(default_factory=list)
    format: WeightsFormat
    bytes: int | None = Field(default=None, description="Size on disk or to download, if known.")
    cached: bool = Field(default=False, description="Its files are on this machine, complete.")


class ModelInfo(Wire):
    """A model as the catalog and the registry know it."""

    name: str
    uri: str = Field(description="`owner/project/name`, without a version.")
    title: str
    family: str
    parameters: int | None = None
    context: int | None = None
    license: str = ""
    license_url: str = ""
    gated: bool = False
    handlers: list[Handler]
    recommended_resources: list[str] = Field(default_factory=list)
    source: str = Field(description="Where its weights come from, for people.")
    description: str = ""
    embedded: bool = Field(default=False, description="The default that needs no hub.")
    versions: list[ModelVersion] = Field(default_factory=list)


class ModelDetail(ModelInfo):
    """A model with what it needs in memory at several precisions."""

    needs: list[MemoryNeed] = Field(default_factory=list)


class Models(Wire):
    """The list of models."""

    models: list[ModelInfo]
    default: str = Field(description="Name of the model that runs when none is named.")


class ModelFiles(Wire):
    """Weights on this machine, ready for a worker."""

    uri: str = Field(description="Canonical: `owner/project/name/version`.")
    name: str
    version: str
    tags: list[str] = Field(default_factory=list)
    format: WeightsFormat
    path: str = Field(description="A directory (safetensors) or one file (GGUF).")
    bytes: int
    parameters: int | None = None
    context: int | None = Field(default=None, description="The model's own limit, in tokens.")
    handlers: list[Handler] = Field(default_factory=list)
    repo: str | None = Field(default=None, description="The hub repository, where there is one.")


class FetchEvent(Wire):
    """One line of the fetch child's standard output.

    Exactly one of `files` and `error` ends the stream; all lines before it are progress.
    """

    done: int = 0
    total: int | None = None
    detail: str = ""
    files: ModelFiles | None = None
    error: dict[str, str] | None = None
