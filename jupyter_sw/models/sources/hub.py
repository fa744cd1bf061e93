"""A repository on the Hugging Face hub, into huggingface_hub's own cache."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import Any

import psutil
from huggingface_hub import HfApi, constants, snapshot_download, try_to_load_from_cache
from huggingface_hub.utils.tqdm import tqdm

from jupyter_sw.errors import FetchError, NotFound, SwError
from jupyter_sw.models.adapters import choose_adapter_files
from jupyter_sw.models.hubcache import cache_root, commit_of, find_snapshot
from jupyter_sw.models.layout import ADAPTER_CONFIG, only_an_adapter, part_names, refuse_pickles
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.sources import POLL_SECONDS, Report, found
from jupyter_sw.models.sources.huberrors import explain, is_unreachable
from jupyter_sw.models.store import Store
from jupyter_sw.models.trust import allow_hint
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat
from jupyter_sw.schemas.quantities import format_bytes

_LOOKUP_SECONDS = 10.0
# What one progress step is, and what a cut connection loses; huggingface_hub's own 10 MiB are
# seconds on a slow line.
constants.DOWNLOAD_CHUNK_SIZE = 2**20
# What a tokenizer and a config are made of; never code. Subfolders hold other people's formats.
_PICKLE = re.compile(r"pytorch_model[^/]*\.bin")
_SIDE_FILES = re.compile(r"[^/]+\.(json|jinja|model|tiktoken|txt)|additional_chat_templates/[^/]+")


def fetch(plan: FetchPlan, store: Store, report: Report) -> ModelFiles:
    """Download what the repository has at the plan's revision; files that are here are not redone.

    Where the hub can't be reached, a complete copy that is here is taken for it.

    Raises
    ------
    GatedModel, UnsafeModel, NotFound, FetchError
        Each naming the repository and what to do.
    """
    try:
        path = _download(plan, report)
    except SwError:
        raise
    except Exception as error:
        revision = None if plan.revision == "main" else plan.revision
        local = find_snapshot(plan.repo or "", revision, plan.filename)
        if local is None or not is_unreachable(error):
            raise explain(error, plan) from error
        report(0, None, "the hub can't be reached: using the copy on this machine")
        path = local
    files = found(plan, path, commit_of(path))
    # What is remembered is listed as a model.
    return files if plan.format is WeightsFormat.ADAPTER else store.remember(plan.uri, files)


def choose_files(
    sizes: dict[str, int],
    repo: str,
    filename: str | None = None,
    *,
    commit: str = "",
    trusted: bool = False,
) -> dict[str, int]:
    """Return the files to download out of a repository's names and sizes in bytes.

    The weights are those that transformers would load (``model*.safetensors``), not the copies in
    other formats that many repositories hold besides; or the one GGUF file that was asked for.
    Where the commit is trusted, code comes along, and pickles are taken when there is nothing
    better.

    Raises
    ------
    UnsafeModel, NotFound
        When there is nothing that may be loaded; the message lists what there is instead.
    """
    ggufs = sorted(name for name in sizes if name.endswith(".gguf"))
    if filename:
        wanted = part_names(filename)
        if not set(wanted) <= set(sizes):
            raise NotFound(f"{repo} has no {filename}.", hint=_offer(repo, ggufs))
        return {name: sizes[name] for name in wanted}
    top = [name for name in sizes if name.endswith(".safetensors") and "/" not in name]
    weights = [name for name in top if name.startswith("model")] or [
        name for name in top if not name.startswith(("consolidated", "adapter"))
    ]
    if not weights and trusted:
        weights = [name for name in sizes if _PICKLE.fullmatch(name)]
    if not weights:
        if ggufs:
            raise NotFound(f"{repo} has GGUF files only.", hint=_offer(repo, ggufs))
        if ADAPTER_CONFIG in sizes:
            raise only_an_adapter(f"hf://{repo}")
        refuse_pickles(repo, list(sizes), allow_hint(f"{repo}@{commit}"))
        raise NotFound(f"{repo} has no weights in safetensors.", hint="Name another repository.")
    return {
        name: size
        for name, size in sizes.items()
        if name in weights or _SIDE_FILES.fullmatch(name) or (trusted and name.endswith(".py"))
    }


def _offer(repo: str, ggufs: list[str]) -> str:
    if not ggufs:
        return f"See {constants.ENDPOINT}/{repo}/tree/main for its files."
    shown = ", ".join(f"hf://{repo}:{name}" for name in ggufs[:4])
    return f"Name one of its {len(ggufs)} files: {shown}{' …' if len(ggufs) > 4 else ''}"


def _download(plan: FetchPlan, report: Report) -> Path:
    repo, revision = plan.repo or "", plan.revision or "main"
    report(0, plan.bytes, f"looking up {repo}")
    info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=_LOOKUP_SECONDS)
    sizes = {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or []}
    commit = info.sha or ""
    if plan.format is WeightsFormat.ADAPTER:
        wanted = {name: sizes[name] for name in choose_adapter_files(sizes, repo)}
    else:
        trusted = commit in plan.trusted
        wanted = choose_files(sizes, repo, plan.filename, commit=commit, trusted=trusted)
    total = sum(wanted.values())
    missing = {
        name: size
        for name, size in wanted.items()
        if not isinstance(try_to_load_from_cache(repo, name, revision=info.sha), str)
    }
    left = sum(missing.values())
    _check_disk(plan, left)
    snapshot = _Snapshot(repo, revision, list(wanted))
    snapshot.start()
    try:
        while snapshot.is_alive():
            report(total - left + min(left, snapshot.done), total, f"{len(wanted)} files of {repo}")
            snapshot.join(POLL_SECONDS)
    except BaseException:
        _drop_partial_files()
        raise
    path = snapshot.result()
    report(total, total, "")
    return path / plan.filename if plan.filename else path


class _Snapshot(threading.Thread):
    """Downloads in a thread, so that a signal finds the main thread free; counts the bytes."""

    def __init__(self, repo: str, revision: str, names: list[str]) -> None:
        super().__init__(daemon=True)
        self._wanted = (repo, revision, names)
        self._bars: list[tqdm] = []
        self._path: str | None = None
        self._error: BaseException | None = None

    @property
    def done(self) -> int:
        """Return the bytes downloaded so far; the hub counts the network and the disk apart."""
        return max((int(bar.n) for bar in self._bars), default=0)

    def run(self) -> None:
        """Download everything; called by `start`."""
        bars = self._bars

        class Bar(tqdm):
            """A progress bar that draws nothing and only counts."""

            def __init__(self, *args: Any, **kwargs: Any) -> None:
                kwargs["disable"] = True
                super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]  # tqdm has none
                if kwargs.get("unit") == "B":
                    bars.append(self)

            def update(self, n: float | None = 1) -> bool | None:
                self.n += n or 0  # the parent's counts nothing while it is disabled
                return None

        try:
            repo, revision, names = self._wanted
            self._path = snapshot_download(
                repo, revision=revision, allow_patterns=names, tqdm_class=Bar
            )
        except BaseException as error:  # noqa: BLE001  # raised again by `result`
            self._error = error

    def result(self) -> Path:
        """Return the snapshot's directory, or raise what ended the download."""
        if self._error is not None:
            raise self._error
        assert self._path is not None
        return Path(self._path)


def _check_disk(plan: FetchPlan, need: int) -> None:
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(root).free
    if free < need:
        raise FetchError(
            f"{plan.name} needs {format_bytes(need)} more on disk; {format_bytes(free)} are free "
            f"in {root}.",
            hint="Free some space, or set HF_HOME to a directory on a larger disk.",
        )


def _drop_partial_files() -> None:
    """Remove what this process has half downloaded: huggingface_hub cannot go on from it."""
    for file in psutil.Process().open_files():
        if file.path.endswith(".incomplete"):
            Path(file.path).unlink(missing_ok=True)
