"""What would become of a job, before anybody submits it: the same arithmetic, nothing done."""

from __future__ import annotations

from dataclasses import replace

from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import SwError
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.planning import (
    KnownNeed,
    Plan,
    corrected_need,
    known_context,
    known_need,
    peak_key,
)
from jupyter_sw.jobs.queueing import Ask, outlook
from jupyter_sw.jobs.settings import JobSettings
from jupyter_sw.models.memory import DTYPE_BYTES
from jupyter_sw.models.registry import Registry
from jupyter_sw.schemas.commands import run_command
from jupyter_sw.schemas.devices import Devices
from jupyter_sw.schemas.estimates import DeviceFit, Fit, JobEstimate, PrecisionFit
from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Quantize


async def estimate(
    plan: Plan, registry: Registry, admission: Admission, settings: JobSettings
) -> JobEstimate:
    """Tell what a job would take and where it would fit now.

    Raises
    ------
    BadRequest
        When it asks for a longer context or a longer life than there is.
    NotFound
        When there is no such device.
    """
    request, fetch = plan.request, plan.fetch
    release_after = settings.release_after(request.release_after)
    devices = await admission.devices()
    need = await known_need(plan, registry, devices)
    total = await _corrected(plan, need, devices, admission)
    name, prefer_cpu = request.name or fetch.name, plan.prefers_cpu()
    ask = Ask("", name, total, plan.resource, prefer_cpu, need.aside)
    fit, grant, error = outlook(ask, devices)
    engine = plan.engine_for(fetch.files or fetch)
    precisions = await _precisions(plan, registry, devices) if _has_precisions(engine) else []
    return JobEstimate(
        model=fetch.uri,
        name=fetch.name,
        version=fetch.version,
        handler=plan.handler,
        engine=engine,
        context=known_context(plan),
        download=_download(plan),
        need=total,
        parts=need.parts,
        exact=need.exact,
        measured=total != need.total,
        fit=fit,
        message=error.message if error else "",
        hint=error.hint if error else "",
        devices=_each(ask, devices, {part.device for part in grant}),
        precisions=precisions,
        release_after=release_after,
        release_idle=settings.release_idle(request.release_idle),
        command=run_command(request),
    )


async def _corrected(plan: Plan, need: KnownNeed, devices: Devices, admission: Admission) -> int:
    """Return the need, corrected by what such a job held before."""
    files, context = plan.fetch.files, known_context(plan)
    if need.parts is None or files is None or context is None:
        return need.total
    key = peak_key(plan, files, context, devices)
    return corrected_need(need.parts, await admission.ledger.peak(key))


def _download(plan: Plan) -> int | None:
    """Return the bytes to fetch; None where nobody knows."""
    if plan.fetch.files is not None:
        return 0
    return plan.fetch.bytes or (plan.remote.bytes if plan.remote else None)


def _each(ask: Ask, devices: Devices, chosen: set[str]) -> list[DeviceFit]:
    return [
        DeviceFit(
            device=device.id,
            kind=device.kind,
            label=device.label,
            total=device.total,
            free=device.free,
            simulated=device.simulated,
            fit=_alone(replace(ask, resource=parse_resource(device.id)), devices)[0],
            chosen=device.id in chosen,
        )
        for device in devices.devices
    ]


async def _precisions(plan: Plan, registry: Registry, devices: Devices) -> list[PrecisionFit]:
    found = []
    ways: list[tuple[str, Quantize | None]] = [(dtype, None) for dtype in DTYPE_BYTES]
    ways += [(plan.request.dtype, quantize) for quantize in Quantize]
    for dtype, quantize in ways:
        changes = {"dtype": dtype, "quantize": quantize}
        other = replace(plan, request=plan.request.model_copy(update=changes))
        need = await known_need(other, registry, devices)
        ask = Ask("", plan.fetch.name, need.total, plan.resource, plan.prefers_cpu(), need.aside)
        fit, places = _alone(ask, devices)
        found.append(
            PrecisionFit(dtype=dtype, quantize=quantize, need=need.total, fit=fit, devices=places)
        )
    return found


def _has_precisions(engine: Engine) -> bool:
    return not (engine.reads_gguf_only or engine is Engine.OPENAI_SERVER)


def _alone(ask: Ask, devices: Devices) -> tuple[Fit, list[str]]:
    """Tell whether an ask fits, and where it would be put now."""
    try:
        fit, grant, _ = outlook(ask, devices)
    except SwError:  # no such device any more
        return Fit.NEVER, []
    return fit, [part.place for part in grant]
