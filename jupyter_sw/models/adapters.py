"""LoRA adapters: what changes a model's weights a little, in the files that peft writes.

https://huggingface.co/docs/peft/developer_guides/checkpoint
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from jupyter_sw.errors import BadRequest, FetchError, NotFound, UnsafeModel
from jupyter_sw.models.layout import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from jupyter_sw.models.plans import FetchPlan, SourceKind
from jupyter_sw.models.uri import ModelURI
from jupyter_sw.schemas.models import ModelFiles, WeightsFormat

_PICKLE = "adapter_model.bin"
_HINT = f"An adapter is a folder with {ADAPTER_CONFIG} and {ADAPTER_WEIGHTS}, as peft writes it."


def adapter_plan(text: str) -> FetchPlan:
    """Say what has to be fetched for an adapter that a person named; `files` when it is here.

    Parameters
    ----------
    text
        A directory, or ``hf://org/repo[@revision]``.

    Raises
    ------
    BadRequest, NotFound, UnsafeModel
        When it is neither, when nothing is there, or only pickles.
    """
    name = ModelURI.parse(text)
    if name.path is not None:
        files = describe_adapter(name.path, uri=name.base, name=name.name)
        return FetchPlan(
            uri=name.base,
            name=name.name,
            version=files.version,
            source=SourceKind.DIRECTORY,
            format=WeightsFormat.ADAPTER,
            path=str(name.path),
            bytes=0,
            files=files,
        )
    if not name.repo or name.file:
        raise BadRequest(f"{text!r} is no adapter.", hint="Name a folder, or hf://org/repo.")
    return FetchPlan(
        uri=name.base,
        name=name.name,
        source=SourceKind.HUB,
        format=WeightsFormat.ADAPTER,
        repo=name.repo,
        revision=name.version or "main",
    )


def describe_adapter(
    path: Path, *, uri: str, name: str, version: str | None = None, repo: str | None = None
) -> ModelFiles:
    """Return the adapter at `path` as a worker is told of it.

    Parameters
    ----------
    version
        A fingerprint of names, sizes and settings when left out.

    Raises
    ------
    NotFound, UnsafeModel, FetchError
        When there is none, none that is safe to load, or a damaged one.
    BadRequest
        When it is of a kind that is not offered.
    """
    names = {file.name for file in path.iterdir()} if path.is_dir() else set()
    choose_adapter_files(names, str(path))
    raw = (path / ADAPTER_CONFIG).read_bytes()
    try:
        kind = json.loads(raw)["peft_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchError(
            f"{path / ADAPTER_CONFIG} is damaged.", hint="Fetch or save it again."
        ) from error
    if kind != "LORA":
        raise BadRequest(f"{name} is an adapter of the kind {kind}; only LoRA is offered.")
    size = (path / ADAPTER_WEIGHTS).stat().st_size
    return ModelFiles(
        uri=uri,
        name=name,
        version=version or hashlib.sha256(raw + str(size).encode()).hexdigest(),
        format=WeightsFormat.ADAPTER,
        path=str(path),
        bytes=size,
        repo=repo,
    )


def choose_adapter_files(names: Collection[str], where: str) -> list[str]:
    """Return the files of an adapter out of the names of a folder or repository.

    Raises
    ------
    NotFound, UnsafeModel
        When they are not all there; the latter when a pickle is there instead.
    """
    wanted = [ADAPTER_CONFIG, ADAPTER_WEIGHTS]
    missing = [name for name in wanted if name not in names]
    if ADAPTER_WEIGHTS in missing and _PICKLE in names:
        raise UnsafeModel(
            f"{where} has its weights only as {_PICKLE}, a pickle, which can run code when it is "
            "loaded.",
            hint="Convert it once: peft's save_pretrained('folder') writes safetensors.",
        )
    if missing:
        raise NotFound(f"There is no adapter in {where}: {missing[0]} is missing.", hint=_HINT)
    return wanted
