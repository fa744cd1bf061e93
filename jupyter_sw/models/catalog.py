"""The models that go by a short name: `catalog.yaml`, typed."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field

from jupyter_sw.models.uri import OWNER, PROJECT
from jupyter_sw.schemas.models import Handler

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(_Data):
    """The parts of a transformer that decide how much memory it takes besides its parameters."""

    layers: int
    kv_heads: int
    head_dim: int
    embeddings: int | None = Field(
        default=None, description="Parameters of embedding and head; not known of mixtures."
    )

    @property
    def cache_values(self) -> int:
        """Return the number of keys and values that one token leaves in the cache."""
        return 2 * self.layers * self.kv_heads * self.head_dim


class PackageSource(_Data):
    """A GGUF file inside a wheel on the package index."""

    package: str = Field(description="pip's `name==version`.")
    member: str
    sha256: str = Field(description="Of the member; it is the version.")
    bytes: int = Field(description="Of the member.")
    download: int = Field(description="Of the wheel.")
    tags: list[str]


class Entry(_Data):
    """One model of the catalog."""

    name: str
    aliases: list[str] = []
    title: str
    family: str
    description: str = ""
    parameters: int
    context: int
    license: str
    license_url: str
    gated: bool = False
    handlers: list[Handler] = [Handler.CHATBOT, Handler.COMPLETION]
    resources: list[str]
    system: str = Field(
        default="", description="System prompt for conversations that bring none of their own."
    )
    shape: Shape | None = None
    hub: str = Field(description="`org/repo` of the safetensors.")
    download: int | None = Field(default=None, description="Bytes; two per parameter if left out.")
    package: PackageSource | None = None

    @property
    def uri(self) -> str:
        """Return the canonical URI without a version."""
        return f"{OWNER}/{PROJECT}/{self.name}"

    @property
    def hub_bytes(self) -> int:
        """Return about how much a download from the hub is."""
        return self.download or 2 * self.parameters

    @property
    def hub_tags(self) -> list[str]:
        """Return the tags of the hub's newest version; a package has `latest` for itself."""
        return ["main", "safetensors"] if self.package else ["latest", "main"]


class Catalog(_Data):
    """All models of the catalog, in the order lists show them."""

    default: str
    models: list[Entry]

    def __iter__(self) -> Iterator[Entry]:  # type: ignore[override]  # a catalog is its models
        return iter(self.models)

    def get(self, name: str) -> Entry | None:
        """Return the model of that name or alias; case does not matter."""
        name = name.lower()
        return next((e for e in self.models if name == e.name or name in e.aliases), None)

    def by_repo(self, repo: str) -> Entry | None:
        """Return the model whose weights are in that hub repository."""
        return next((e for e in self.models if e.hub.lower() == repo.lower()), None)


@lru_cache(maxsize=1)
def load_catalog() -> Catalog:
    """Return the catalog; read on the first call only."""
    text = files("jupyter_sw.models").joinpath("catalog.yaml").read_text("utf-8")
    # libyaml's loader is ten times as fast, where PyYAML was built with it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Catalog.model_validate(yaml.load(text, Loader=loader))  # noqa: S506  # both are safe
