"""Models as lists and pages show them: catalog entries joined with what is on this machine."""

from __future__ import annotations

from huggingface_hub import constants

from jupyter_sw.models import memory
from jupyter_sw.models.catalog import Catalog, Entry
from jupyter_sw.models.hubcache import commit_of, find_snapshot
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.store import Store
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import (
    Handler,
    MemoryNeed,
    ModelDetail,
    ModelFiles,
    ModelInfo,
    Models,
    ModelVersion,
    Quantize,
    WeightsFormat,
)

SHORT = 8  # characters of a version as people see it


def models(catalog: Catalog, store: Store) -> Models:
    """Return every model of the catalog, then the hub's that were fetched without it."""
    known = {entry.uri for entry in catalog}
    fetched: dict[str, list[ModelFiles]] = {}
    for manifest in store.all():
        if manifest.model not in known:
            fetched.setdefault(manifest.model, []).append(manifest.files)
    return Models(
        models=[
            *(_entry_info(entry, store) for entry in catalog),
            *(_fetched_info(uri, versions) for uri, versions in fetched.items()),
        ],
        default=catalog.default,
    )


def entry_detail(entry: Entry, store: Store) -> ModelDetail:
    """Return a catalog model with what it needs: exact for what is here, else estimated."""
    info = _entry_info(entry, store)
    here = [manifest.files for manifest in store.versions(entry.uri)]
    needs = [need for files in here for need in _needs(files)]
    if not any(files.format is WeightsFormat.SAFETENSORS for files in here):
        needs += [need for how in _PRECISIONS if (need := _estimate(info, *how)) is not None]
    return ModelDetail(**info.model_dump(), needs=needs)


def plan_detail(plan: FetchPlan, store: Store) -> ModelDetail:
    """Return a model outside the catalog; for a hub model that isn't here little is known."""
    if plan.source is SourceKind.HUB:
        versions = [manifest.files for manifest in store.versions(plan.uri)]
    else:
        versions = [plan.files] if plan.files else []
    if versions:
        info = _fetched_info(plan.uri, versions)
        return ModelDetail(**info.model_dump(), needs=_needs(versions[0]))
    return ModelDetail(
        name=plan.name,
        uri=plan.uri,
        title=plan.name,
        family="",
        handlers=[Handler.CHATBOT, Handler.COMPLETION],
        source=_hub_source(plan.repo),
        versions=[_pending(plan.repo, plan.filename, plan.format, plan.tags, plan.bytes)],
    )


_PRECISIONS = (
    ("float32", None),
    ("bfloat16", None),
    ("bfloat16", Quantize.EIGHT),
    ("bfloat16", Quantize.FOUR),
)
_SHOWN_CONTEXT = 4096  # tokens that the needs are shown for


def _needs(files: ModelFiles) -> list[MemoryNeed]:
    context = min(files.context or _SHOWN_CONTEXT, _SHOWN_CONTEXT)
    if files.format is WeightsFormat.GGUF:
        return [memory.need(files, engine=Engine.LLAMACPP, context=context)]
    return [
        memory.need(
            files,
            engine=Engine.TRANSFORMERS,
            dtype=dtype,
            context=context,
            on_gpu=dtype != "float32",
            quantize=quantize,
        )
        for dtype, quantize in _PRECISIONS
    ]


def _estimate(info: ModelInfo, dtype: str, quantize: Quantize | None) -> MemoryNeed | None:
    context = min(info.context or _SHOWN_CONTEXT, _SHOWN_CONTEXT)
    return memory.estimate(info, dtype, context, on_gpu=dtype != "float32", quantize=quantize)


def _entry_info(entry: Entry, store: Store) -> ModelInfo:
    here = [manifest.files for manifest in store.versions(entry.uri)]
    versions = [_version(files) for files in here]
    if entry.package and not any(v.version == entry.package.sha256 for v in versions):
        versions.append(
            ModelVersion(
                version=entry.package.sha256,
                short=entry.package.sha256[:SHORT],
                tags=entry.package.tags,
                format=WeightsFormat.GGUF,
                bytes=entry.package.download,
            )
        )
    if not any(files.repo == entry.hub for files in here):
        safetensors = WeightsFormat.SAFETENSORS
        versions.append(_pending(entry.hub, None, safetensors, entry.hub_tags, entry.hub_bytes))
    # The version that a bare name means comes first.
    versions.sort(key=lambda version: "latest" not in version.tags)
    return ModelInfo(
        name=entry.name,
        uri=entry.uri,
        title=entry.title,
        family=entry.family,
        parameters=entry.parameters,
        context=entry.context,
        license=entry.license,
        license_url=entry.license_url,
        gated=entry.gated,
        handlers=entry.handlers,
        recommended_resources=entry.resources,
        source=f"package {entry.package.package}" if entry.package else _hub_source(entry.hub),
        description=entry.description,
        embedded=entry.package is not None,
        versions=versions,
    )


def _fetched_info(uri: str, versions: list[ModelFiles]) -> ModelInfo:
    newest = versions[0]
    return ModelInfo(
        name=newest.name,
        uri=uri,
        title=newest.name,
        family="",
        parameters=newest.parameters,
        context=newest.context,
        handlers=newest.handlers,
        source=_hub_source(newest.repo) if newest.repo else newest.path,
        versions=[_version(files) for files in versions],
    )


def _version(files: ModelFiles) -> ModelVersion:
    return ModelVersion(
        version=files.version,
        short=files.version[:SHORT],
        tags=files.tags,
        format=files.format,
        bytes=files.bytes,
        cached=True,
    )


def _pending(
    repo: str | None,
    filename: str | None,
    weights: WeightsFormat,
    tags: list[str],
    size: int | None,
) -> ModelVersion:
    """Return the hub's newest version as it is known before a fetch by us.

    Another tool may have put it into the hub's cache; then its commit is known, too.
    """
    snapshot = find_snapshot(repo, filename=filename) if repo else None
    version = commit_of(snapshot) if snapshot else "latest"
    return ModelVersion(
        version=version,
        short=version[:SHORT],
        tags=tags,
        format=weights,
        bytes=size,
        cached=snapshot is not None,
    )


def _hub_source(repo: str | None) -> str:
    return f"{constants.ENDPOINT}/{repo}"
