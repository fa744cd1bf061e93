"""Jobs, models and devices as lists that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jupyter_sw.client.cards import Listing, model_label, progress_text, release_text
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.estimates import Fit, JobEstimate, PrecisionFit
from jupyter_sw.schemas.jobs import Job, Jobs, JobState
from jupyter_sw.schemas.models import ModelInfo, Models, Quantize
from jupyter_sw.schemas.quantities import format_bytes, format_duration
from jupyter_sw.schemas.status import Projects

if TYPE_CHECKING:
    from jupyter_sw.client.job import Job as Handle


def jobs_listing(jobs: Jobs) -> Listing:
    """Return jobs with their state, memory and countdown; with their projects if there are any."""
    named = any(job.project != "default" for job in jobs.jobs)
    rows = [
        [job.id, _called(job), *([job.project] if named else []), model_label(job), job.state.value,
         _held(job), _age(job, jobs.now), _now(job, jobs.now)]
        for job in jobs.jobs
    ]  # fmt: skip
    columns = ["id", "name", *(["project"] if named else []), "model", "state", "memory", "age"]
    empty = "No jobs. Start one with: %sw run MODEL"
    return Listing([*columns, "status"], rows, empty, jobs)


def deleted_listing(jobs: list[Handle]) -> Listing:
    """Return jobs that were just deleted, or restored, and how to undo that."""
    infos = [job.info for job in jobs]
    rows = [
        [job.id, job.name, "restored" if job.deleted_at is None else "deleted"] for job in infos
    ]
    gone = " ".join(job.id for job in infos if job.deleted_at is not None)
    note = f"Undo within minutes: %sw delete --undo {gone}" if gone else ""
    data = Jobs(jobs=infos, now=jobs[0].now())
    return Listing(["id", "name", ""], rows, "", data, note)


def projects_listing(projects: Projects, current: str | None) -> Listing:
    """Return projects; the one in use is marked."""
    used = current or "default"
    rows = [
        [project.name + (" *" if project.name == used else ""), str(project.jobs)]
        for project in projects.projects
    ]
    note = "* is where %sw run puts its jobs." if rows else ""
    return Listing(["project", "jobs"], rows, "No projects.", projects, note)


def models_listing(models: Models) -> Listing:
    """Return what can be run."""
    rows = [
        [model.name + (" *" if model.name == models.default else ""), _parameters(model),
         str(model.context or ""), _here(model), _access(model), model.title]
        for model in models.models
    ]  # fmt: skip
    columns = ["name", "parameters", "context", "on disk", "access", "title"]
    note = "* runs when no model is named. Also hf://org/repo and paths." if rows else ""
    return Listing(columns, rows, "The catalog is empty.", models, note)


def model_listing(usual: JobEstimate, other: JobEstimate) -> Listing:
    """Return what a model needs, and what of that fits now.

    Parameters
    ----------
    usual, other
        What would become of it as it is run when nothing is asked for, and with transformers.
    """
    rows = []
    if usual.engine is not other.engine:
        name = f"as it comes ({usual.parts.dtype})" if usual.parts else "as it comes"
        places = [device.device for device in usual.devices if device.chosen]
        rows.append([name, _amount(usual.need, usual), _fits(usual.fit, places), ""])
    rows += [
        [_PRECISIONS[one.quantize or one.dtype], _amount(one.need, other),
         _fits(one.fit, one.devices), _option(one)]
        for one in other.precisions
        if one.dtype != "float16" or one.quantize
    ]  # fmt: skip
    parts = other.parts
    cache = f", of which {format_bytes(parts.kv_cache)} for its cache" if parts else ""
    note = f"{other.name}: with conversations of {other.context} tokens{cache}."
    if usual.download:
        note += f" To download: {format_bytes(usual.download)}."
    return Listing(["precision", "needs", "fits", "option"], rows, "", other, note)


def devices_listing(devices: Devices) -> Listing:
    """Return devices with their memory and who holds it."""
    rows = [
        [device.id, device.label + (" (simulated)" if device.simulated else ""),
         f"{format_bytes(device.free)} of {format_bytes(device.total)}",
         ", ".join(f"{holder.name} {format_bytes(holder.bytes)}" for holder in device.holders)]
        for device in devices.devices
    ]  # fmt: skip
    columns = ["id", "device", "free", "held by"]
    return Listing(columns, rows, "No devices.", devices, devices.note)


_PRECISIONS = {
    "float32": "32 bit",
    "bfloat16": "16 bit",
    Quantize.EIGHT: "8 bit",
    Quantize.FOUR: "4 bit",
}
_FITS = {Fit.LATER: "when others give memory back", Fit.NEVER: "no"}


def _amount(need: int, told: JobEstimate) -> str:
    return format_bytes(need) if told.exact else f"about {format_bytes(need)}"


def _fits(fit: Fit, places: list[str]) -> str:
    return f"now, on {' and '.join(places)}" if fit is Fit.NOW else _FITS[fit]


def _option(one: PrecisionFit) -> str:
    return f"--quantize {one.quantize.value}" if one.quantize else f"--dtype {one.dtype}"


def _called(job: Job) -> str:
    return f"{job.name} (pinned)" if job.pinned else job.name


def _held(job: Job) -> str:
    held = job.metrics.memory or sum(grant.bytes for grant in job.grant)
    mark = " (simulated)" if any(grant.simulated for grant in job.grant) else ""
    return f"{format_bytes(held)}{mark}" if held and not job.state.ended else ""


def _age(job: Job, now: float) -> str:
    return format_duration((job.ended_at or now) - job.created_at)


def _now(job: Job, now: float) -> str:
    if job.state.ended:
        return job.reason
    if job.state is JobState.RUNNING and job.progress is None:
        return release_text(job, now)
    if job.state is JobState.PAUSED:
        since = format_duration(now - (job.paused_at or now))
        return f"paused {since} ago · {release_text(job, now)}"
    return progress_text(job)


def _parameters(model: ModelInfo) -> str:
    if not model.parameters:
        return ""
    billions = model.parameters / 1e9
    return f"{billions:.3g} B" if billions >= 1 else f"{model.parameters / 1e6:.0f} M"


def _here(model: ModelInfo) -> str:
    cached = [version for version in model.versions if version.cached]
    sizes = [version.bytes for version in cached if version.bytes]
    return (format_bytes(sizes[0]) if sizes else "yes") if cached else ""


def _access(model: ModelInfo) -> str:
    return "gated" if model.gated else "open"
