"""Loads a model of transformers and its tokenizer."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from jupyter_sw.errors import EngineError, UnsafeModel
from jupyter_sw.schemas.models import WeightsFormat
from jupyter_sw.schemas.worker import Stage, WorkerSpec
from jupyter_sw.worker.engines.base import Report
from jupyter_sw.worker.engines.hf.gguf import converted
from jupyter_sw.worker.engines.hf.progress import tensor_sizes, weights_progress
from jupyter_sw.worker.engines.hf.shards import shards
from jupyter_sw.worker.engines.hf.tuning import adapted, quantizing

_CUSTOM_CODE = re.compile(r"trust_remote_code|custom code")


def load_model(
    spec: WorkerSpec,
    report: Report,
    dtype: str,
    device_map: Any,
    attention: str,
    **options: Any,
) -> tuple[Any, Any]:
    """Return a model, ready to generate, and its tokenizer, a fast one.

    Parameters
    ----------
    device_map, **options
        As `from_pretrained` wants to hear.

    Raises
    ------
    UnsafeModel
        When it wants to run code that is not trusted.
    EngineError
        When it cannot be loaded for another reason.
    """
    files = spec.files
    gguf = files.format is WeightsFormat.GGUF
    path = converted(files, Path(spec.store), report) if gguf else Path(files.path)
    trusted = spec.may_run_code
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": trusted}
    try:
        report(Stage.LOADING)
        sizes = tensor_sizes(shards(spec))
        with (
            ThreadPoolExecutor(1, thread_name_prefix="tokenizer") as aside,
            weights_progress(report, Stage.LOADING, sizes),
        ):
            tokenizer = aside.submit(AutoTokenizer.from_pretrained, str(path), **local)
            if trusted:
                # Both copy the model's own code to where it is imported from; one might read what
                # the other has only begun to write.
                wait([tokenizer])
            options |= quantizing(spec.quantize, dtype)
            if spec.quantize and device_map is None:
                device_map = {"": "cpu"}  # else transformers would take a GPU that it sees
            model: Any = AutoModelForCausalLM.from_pretrained(
                str(path),
                dtype=getattr(torch, dtype),
                device_map=device_map,
                attn_implementation=attention,
                use_safetensors=None if trusted else True,
                **local,
                **options,
            )
            _check_map(model, spec)
            if spec.adapter is not None:
                model = adapted(model, Path(spec.adapter.path), merge=spec.quantize is None)
            found: Any = tokenizer.result()
    except (OSError, ValueError, ImportError, RuntimeError) as error:
        if not trusted and _CUSTOM_CODE.search(str(error)):
            raise UnsafeModel(
                f"{files.name} wants to run code of its own, which is refused.",
                hint=spec.allow_hint,
            ) from error
        raise EngineError(
            f"transformers could not load {path.name}: {error}",
            hint="The job's log has the whole story.",
        ) from error
    if getattr(found, "backend_tokenizer", None) is None:
        raise EngineError(f"{path.name} has no fast tokenizer (tokenizer.json).")
    return model.eval(), found


def _check_map(model: Any, spec: WorkerSpec) -> None:
    """Refuse a model that lies where it was not granted room: on the disk, or on the CPU unasked.

    Raises
    ------
    ValueError
        When it does.
    """
    places = {str(place) for place in getattr(model, "hf_device_map", {}).values()}
    granted = set() if "cpu" in spec.weights_most else {"cpu"}
    if spec.weights_most and places & ({"disk"} | granted):
        raise ValueError("its layers do not divide among the devices within what was granted.")
