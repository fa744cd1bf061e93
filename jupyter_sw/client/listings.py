"""Jobs, models and devices as lists that people read."""

from __future__ import annotations

from jupyter_sw.client.cards import Listing, model_label, progress_text, release_text
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.jobs import Job, Jobs, JobState
from jupyter_sw.schemas.models import ModelInfo, Models
from jupyter_sw.schemas.quantities import format_bytes, format_duration


def jobs_listing(jobs: Jobs) -> Listing:
    """Return jobs with their state, memory and countdown."""
    rows = [
        [job.id, job.name, model_label(job), job.state.value, _held(job), _age(job, jobs.now),
         _now(job, jobs.now)]
        for job in jobs.jobs
    ]  # fmt: skip
    columns = ["id", "name", "model", "state", "memory", "age", "status"]
    return Listing(columns, rows, "No jobs. Start one with: %sw run MODEL", jobs)


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


def _held(job: Job) -> str:
    held = job.metrics.memory or sum(grant.bytes for grant in job.grant)
    mark = " (simulated)" if any(grant.simulated for grant in job.grant) else ""
    return f"{format_bytes(held)}{mark}" if held and not job.state.ended else ""


def _age(job: Job, now: float) -> str:
    return format_duration((job.ended_at or now) - job.created_at)


def _now(job: Job, now: float) -> str:
    if job.state.ended:
        return job.reason
    if job.state is JobState.RUNNING:
        return release_text(job, now)
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
