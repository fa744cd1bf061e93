"""Which files hold the weights that transformers will read."""

from __future__ import annotations

from pathlib import Path

from jupyter_sw.schemas.models import WeightsFormat
from jupyter_sw.schemas.worker import WorkerSpec


def shards(spec: WorkerSpec) -> list[Path]:
    """Return the files of weights, as far as they are there already."""
    if spec.files.format is WeightsFormat.GGUF:
        from jupyter_sw.worker.engines.hf.gguf import converted_path

        return sorted(converted_path(spec.files, Path(spec.store)).glob("*.safetensors"))
    return sorted(Path(spec.files.path).glob("*.safetensors"))
