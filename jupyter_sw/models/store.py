"""Where weights are kept that no other tool keeps, and what was fetched so far.

::

    store/
        manifests/<model>/<version>.json   one per fetched version, also those in the hub's cache
        packages/<package>/<file>          weights taken out of wheels
        staging/                           downloads under way
        locks/

The hub's weights stay in huggingface_hub's own cache, where every other tool finds them.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from jupyter_core.paths import jupyter_data_dir
from pydantic import Field, ValidationError

from jupyter_sw.models.layout import is_complete
from jupyter_sw.schemas.base import Wire
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat


def default_store() -> Path:
    """Return the model store: ``$JUPYTER_SW_MODEL_STORE``, else in Jupyter's data directory."""
    chosen = os.environ.get("JUPYTER_SW_MODEL_STORE")
    if chosen:
        return Path(chosen).expanduser().absolute()
    return Path(jupyter_data_dir()) / "jupyter_sw" / "models"


class Manifest(Wire):
    """A version that was fetched."""

    model: str = Field(description="Canonical URI without a version.")
    files: ModelFiles
    fetched_at: float = Field(description="Seconds since the epoch.")


class Store:
    """Reads and writes the manifests of one model store; any number of processes may."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def versions(self, model: str) -> list[Manifest]:
        """Return the fetched versions of a model whose files are still here, newest first."""
        folder = self._folder(model)
        return self._read(folder) if folder.is_dir() else []

    def all(self) -> list[Manifest]:
        """Return all fetched versions whose files are still here, newest first."""
        root = self.root / "manifests"
        found = (
            [m for folder in root.iterdir() for m in self._read(folder)] if root.is_dir() else []
        )
        return sorted(found, key=lambda manifest: -manifest.fetched_at)

    def remember(self, model: str, files: ModelFiles) -> ModelFiles:
        """Write down that a version is here, and return it with all its tags.

        Tags that another version had move to this one; those that this version had stay.
        """
        tags = list(files.tags)
        for other in self.versions(model):
            if other.files.version == files.version:
                tags += [tag for tag in other.files.tags if tag not in tags]
            elif set(other.files.tags) & set(files.tags):
                kept = [tag for tag in other.files.tags if tag not in files.tags]
                older = other.files.model_copy(update={"tags": kept})
                self._write(other.model_copy(update={"files": older}))
        files = files.model_copy(update={"tags": tags})
        self._write(Manifest(model=model, files=files, fetched_at=time.time()))
        return files

    def staging(self) -> Path:
        """Return the directory for downloads under way, on the same disk as the store."""
        folder = self.root / "staging"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def package(self, requirement: str) -> Path:
        """Return the directory for what was taken out of a package."""
        return self.root / "packages" / quote(requirement.replace("==", "-"), safe="")

    def lock(self, name: str) -> Path:
        """Return the lock file that keeps two processes from fetching the same thing at once."""
        folder = self.root / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{quote(name, safe='')}.lock"

    def _folder(self, model: str) -> Path:
        return self.root / "manifests" / quote(model, safe="")

    def _read(self, folder: Path) -> list[Manifest]:
        found = []
        for path in folder.glob("*.json"):
            try:
                manifest = Manifest.model_validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue  # of another release, or being replaced: it is fetched again
            pickles = manifest.files.format is WeightsFormat.PICKLE
            if is_complete(Path(manifest.files.path), pickles=pickles):
                found.append(manifest)
        return sorted(found, key=lambda manifest: -manifest.fetched_at)

    def _write(self, manifest: Manifest) -> None:
        path = self._folder(manifest.model) / f"{quote(manifest.files.version, safe='')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(manifest.model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
