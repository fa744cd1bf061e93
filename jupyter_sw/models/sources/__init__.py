"""Where weights come from: one module per kind of source, each with one function ``fetch``.

A source runs in the fetch child, may block, and reports progress from the main thread a few times
a second. It returns the files once they are all here and remembered in the store, or raises
`SwError`. An interruption (`fetch.Cancelled`) may come at any time: what is half done is removed,
what is whole is kept, so that the next attempt goes on from there.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from jupyter_sw.models.adapters import describe_adapter
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.store import Store
from jupyter_sw.models.uri import ModelURI
from jupyter_sw.models.weights import describe
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat

POLL_SECONDS = 0.25  # between two reports of progress
_MODULES = {
    SourceKind.HUB: "hub",
    SourceKind.PACKAGE: "package",
    SourceKind.DIRECTORY: "local",
    SourceKind.FILE: "local",
}


class Report(Protocol):
    """Tells how far a download is; `done` and `total` in bytes."""

    def __call__(self, done: int, total: int | None, detail: str = "") -> None:
        """Report once; cheap enough for a few times a second."""


class Source(Protocol):
    """Brings what a plan names to this machine."""

    def __call__(self, plan: FetchPlan, store: Store, report: Report) -> ModelFiles:
        """Fetch, or find that all is here already."""


def source(kind: SourceKind) -> Source:
    """Return the source for a kind of plan; its libraries are imported only now."""
    return cast("Source", import_module(f"{__name__}.{_MODULES[kind]}").fetch)


def found(plan: FetchPlan, path: Path, version: str | None = None) -> ModelFiles:
    """Describe the weights at `path` that a plan led to; the catalog's word beats the files'."""
    if plan.format is WeightsFormat.ADAPTER:
        uri = ModelURI.parse(plan.uri).at(version)
        return describe_adapter(path, uri=uri, name=plan.name, version=version, repo=plan.repo)
    files = describe(
        path,
        uri=plan.uri,
        name=plan.name,
        version=version,
        tags=plan.tags,
        parameters=plan.parameters,
        repo=plan.repo,
        pickles=plan.format is WeightsFormat.PICKLE or version in plan.trusted,
    )
    return files.model_copy(
        update={
            "uri": ModelURI.parse(plan.uri).at(files.version),
            "context": files.context or plan.context,
            "handlers": plan.handlers or files.handlers,
        }
    )
