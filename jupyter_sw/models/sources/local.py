"""A local directory with config.json and safetensors, or one GGUF file; nothing is copied."""

from __future__ import annotations

from pathlib import Path

from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.sources import Report, found
from jupyter_sw.models.store import Store
from jupyter_sw.schemas.models import ModelFiles


def fetch(plan: FetchPlan, _store: Store, _report: Report) -> ModelFiles:
    """Look at what is there; `weights.read_weights` says what is refused."""
    return found(plan, Path(plan.path or ""))
