"""Which models may run code of their own on this machine: an administrator's list."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat

SETTING = "c.SwApp.allow_unsafe_models"
_HUB = re.compile(r"(?P<repo>[^/@\s]+/[^/@\s]+)@(?P<commit>[0-9a-f]{40})")


class Trust:
    """The entries of `c.SwApp.allow_unsafe_models`.

    A hub model is trusted as it is at one commit, named in full: a branch can be moved, and a
    commit that begins alike can be made. A local directory is trusted as whoever may write to it.

    Raises
    ------
    BadRequest
        When an entry is neither ``org/repo@<40 hex digits>`` nor an absolute path.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._commits: dict[str, list[str]] = {}
        self._paths: set[Path] = set()
        for entry in entries:
            match = _HUB.fullmatch(entry)
            if match:
                self._commits.setdefault(match["repo"], []).append(match["commit"])
            elif entry.startswith(("/", "~")):
                self._paths.add(Path(entry).expanduser().resolve())
            else:
                raise BadRequest(
                    f"{SETTING} holds {entry!r}, which names no model.",
                    hint="Write org/repo@commit, with all 40 digits of the commit, or the absolute "
                    "path of a directory.",
                )

    def commits(self, repo: str | None) -> list[str]:
        """Return the commits at which a hub repository is trusted."""
        return self._commits.get(repo or "", [])

    def allows_path(self, path: Path) -> bool:
        """Tell whether a local directory is trusted."""
        return path.expanduser().resolve() in self._paths

    def allows(self, files: ModelFiles) -> bool:
        """Tell whether a model that is here may run code. GGUF never can."""
        if files.format is WeightsFormat.GGUF:
            return False
        if files.repo:
            return files.version in self.commits(files.repo)
        return self.allows_path(Path(files.path))


def how_to_allow(files: ModelFiles) -> str:
    """Return the hint for a person who trusts a model's makers."""
    return allow_hint(f"{files.repo}@{files.version}" if files.repo else files.path)


def allow_hint(entry: str) -> str:
    """Return the hint that names an entry to add."""
    return (
        f"If you trust its makers with everything you can do here, the server's configuration may "
        f"allow it: {SETTING} = [{entry!r}]"
    )
