"""How far a job is, in words and fractions for people."""

from __future__ import annotations

from jupyter_sw.schemas.jobs import Progress
from jupyter_sw.schemas.models import FetchEvent
from jupyter_sw.schemas.quantities import format_bytes, format_duration
from jupyter_sw.schemas.worker import Stage, WorkerHealth

_STAGE_WORDS = {
    Stage.STARTING: "start",
    Stage.IMPORTING: "import",
    Stage.CONVERTING: "convert",
    Stage.LOADING: "weights",
    Stage.WARMING: "warm up",
}


def loading(health: WorkerHealth) -> Progress:
    """Return how far a worker is with loading."""
    stage = _STAGE_WORDS.get(health.stage, health.stage.value)
    return Progress(stage=stage, fraction=health.fraction, detail=health.detail)


def download(event: FetchEvent, seconds: float) -> Progress:
    """Return how far a download is after `seconds`."""
    if not event.total:
        return Progress(stage="download", detail=event.detail)
    rate = event.done / seconds if seconds > 0.5 else 0.0
    detail = f"{format_bytes(event.done)} of {format_bytes(event.total)}"
    if rate and event.done < event.total:
        left = format_duration((event.total - event.done) / rate)
        detail += f" · {format_bytes(rate)}/s · about {left} left"
    return Progress(stage="download", fraction=min(1.0, event.done / event.total), detail=detail)
