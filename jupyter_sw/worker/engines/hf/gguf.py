"""GGUF weights for transformers: unpacked once into the model store, then loaded as safetensors."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from filelock import FileLock

from jupyter_sw.errors import EngineError
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.base import Report
from jupyter_sw.worker.engines.hf.progress import weights_progress

# Unpacked weights of large models would fill the disk in float32, and what a quantization left of
# them fits into bfloat16 nearly as well.
_FLOAT32_BELOW = 2 * 2**30  # bytes of the GGUF file


def converted(files: ModelFiles, store: Path, report: Report) -> Path:
    """Return the directory with the unpacked model, made now if it is not there yet.

    Raises
    ------
    EngineError
        When the file cannot be read or its architecture is not known.
    """
    source = Path(files.path)
    target = converted_path(files, store)
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    report(Stage.CONVERTING, None, "waiting for another conversion of this model")
    with FileLock(f"{target}.lock"):
        if not target.is_dir():
            partial = target.with_name(f"{target.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            try:
                _convert(source, partial, report)
                partial.rename(target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return target


def converted_path(files: ModelFiles, store: Path) -> Path:
    """Return where the converted weights are, or will be."""
    source = Path(files.path)
    return store / "converted" / f"{source.stem}-{_fingerprint(source)}"


def _convert(source: Path, target: Path, report: Report) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    large = source.stat().st_size >= _FLOAT32_BELOW
    where: dict[str, Any] = {"gguf_file": source.name, "local_files_only": True}
    try:
        report(Stage.CONVERTING, None, "tokenizer")
        tokenizer = AutoTokenizer.from_pretrained(str(source.parent), **where)
        with weights_progress(report, Stage.CONVERTING):
            model = AutoModelForCausalLM.from_pretrained(
                str(source.parent),
                dtype=torch.bfloat16 if large else torch.float32,
                quantization_config=GgufConfig(dequantize=True),
                **where,
            )
        report(Stage.CONVERTING, None, "writing")
        target.mkdir()
        model.save_pretrained(str(target))
        tokenizer.save_pretrained(str(target))
    except ImportError as error:
        raise EngineError(
            f"transformers cannot read GGUF files here: {error}",
            hint="Install what it asks for, or run the model with --engine llamacpp.",
        ) from error
    except (ValueError, KeyError, OSError) as error:
        raise EngineError(
            f"transformers cannot convert {source.name}: {error}",
            hint="Run the model with --engine llamacpp.",
        ) from error


def _fingerprint(source: Path) -> str:
    """Return a name for the content: its size and its first bytes, where GGUF describes itself."""
    with source.open("rb") as file:
        head = file.read(2**20)
    size = json.dumps([source.stat().st_size]).encode()
    return hashlib.sha256(size + head).hexdigest()[:12]
