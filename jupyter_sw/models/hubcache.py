"""What huggingface_hub's own cache holds, whoever put it there; no network.

The layout is documented: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
A file in ``snapshots`` is whole: blobs are linked there only once they are complete.
"""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import constants

from jupyter_sw.models.layout import is_complete

_COMMIT = re.compile(r"[0-9a-f]{40}")


def cache_root() -> Path:
    """Return the directory of huggingface_hub's cache."""
    return Path(constants.HF_HUB_CACHE).expanduser()


def is_commit(revision: str) -> bool:
    """Tell a full commit from a branch or a tag."""
    return _COMMIT.fullmatch(revision) is not None


def find_snapshot(
    repo: str, revision: str | None = None, filename: str | None = None
) -> Path | None:
    """Return a complete snapshot of a repository, or the file asked for in one.

    Parameters
    ----------
    revision
        A branch, tag or commit; None is `main`, or else whatever snapshot is newest.

    Returns
    -------
    Path or None
        The snapshot's directory (named by its commit), or with `filename` the file in it.
    """
    folder = cache_root() / f"models--{repo.replace('/', '--')}"
    try:
        commits = [_resolve(folder, revision or "main")]
        if revision is None:
            snapshots = (folder / "snapshots").iterdir()
            commits += [p.name for p in sorted(snapshots, key=lambda p: -p.stat().st_mtime)]
    except OSError:
        return None
    for commit in commits:
        if commit:
            path = folder / "snapshots" / commit
            path = path / filename if filename else path
            if is_complete(path):
                return path
    return None


def commit_of(path: Path) -> str:
    """Return the commit that a path inside a snapshot belongs to."""
    names = path.parts
    return names[len(names) - 1 - names[::-1].index("snapshots") + 1]


def _resolve(folder: Path, revision: str) -> str | None:
    if is_commit(revision):
        return revision
    ref = folder / "refs" / revision
    return ref.read_text("utf-8").strip() if ref.is_file() else None
