"""From a request to a plan: which weights, which engine, which device, how much memory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from jupyter_sw.devices.resources import ResourceRequest, parse_resource
from jupyter_sw.errors import BadRequest
from jupyter_sw.jobs.engines import engine_version, require_engine
from jupyter_sw.jobs.tuning import check_weights, settled_engine
from jupyter_sw.models import memory
from jupyter_sw.models.adapters import adapter_plan
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.registry import Registry
from jupyter_sw.models.remote import remote_weights
from jupyter_sw.models.weights import Weights
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices
from jupyter_sw.schemas.jobs import Engine, Grant, JobKind, JobRequest
from jupyter_sw.schemas.models import Handler, MemoryNeed, ModelFiles, WeightsFormat

# Long contexts cost memory that a first chat doesn't need; --context asks for more.
DEFAULT_CONTEXT = 8192
_USUAL_CONTEXT = 4096  # tokens, where a model does not tell its limit
_CPU_SLOTS, _GPU_SLOTS = 8, 32
_SLOT_TOKENS = 512  # of the cache for each slot on a GPU, prompt and reply
_CONVERSATIONS = 2  # full-length conversations the KV cache holds; shorter ones fit more


@dataclass(frozen=True)
class Plan:
    """A request with everything looked up that can be known before the weights are here."""

    request: JobRequest
    engine: Engine
    fetch: FetchPlan
    resource: ResourceRequest
    handler: Handler
    adapter: FetchPlan | None = None
    remote: Weights | None = None
    """What the hub tells of weights that are not here yet."""

    def engine_for(self, files: ModelFiles | FetchPlan) -> Engine:
        """Return who computes: for `auto`, llama.cpp for GGUF where it is installed."""
        if self.engine is not Engine.AUTO:
            return self.engine
        if files.format is WeightsFormat.GGUF and engine_version(Engine.LLAMACPP):
            return Engine.LLAMACPP
        return Engine.TRANSFORMERS

    @property
    def system(self) -> str:
        """Return the system prompt of conversations that bring none; the catalog may have one."""
        defaults = self.request.defaults
        return self.fetch.system if defaults is None or defaults.system is None else defaults.system

    def prefers_cpu(self, files: ModelFiles | None = None) -> bool:
        """Tell whether the engine here could not use a GPU anyway, as far as is known by now.

        The package index has xllamacpp for CPUs; builds for GPUs carry a local version (``+cu…``).
        """
        built_for = engine_version(Engine.LLAMACPP) or ""
        engine = self.engine_for(files or self.fetch.files or self.fetch)
        return engine is Engine.LLAMACPP and "+" not in built_for


def make_plan(
    request: JobRequest, registry: Registry, server_command: tuple[str, ...] = ()
) -> Plan:
    """Look everything up that a request names.

    Parameters
    ----------
    server_command
        How the engine `openai_server` is started, where that is configured.

    Raises
    ------
    BadRequest, NotFound
        When the request names something that isn't there.
    """
    if request.runtime not in ("builtin", "built-in"):
        raise BadRequest(
            f"There is no runtime {request.runtime!r}.",
            hint="The one runtime is `builtin`: the Python environment of the server.",
        )
    engine = settled_engine(request)
    require_engine(engine, server_command)
    fetch = registry.plan(request.model, request.version, engine)
    check_weights(request, fetch)
    remote = remote_weights(fetch)
    embeds = [Handler.EMBEDDING] if remote and remote.embeds else []
    plan = Plan(
        request=request,
        engine=engine,
        fetch=fetch,
        resource=parse_resource(request.resource),
        handler=choose_handler(request.handler, fetch.handlers or embeds),
        adapter=adapter_plan(request.adapter) if request.adapter else None,
        remote=remote,
    )
    check_embeds(plan.handler, plan.engine_for(fetch))
    check_defaults(plan)
    return plan


def check_defaults(plan: Plan) -> None:
    """Let a plan pass that has defaults of replies if its job writes any.

    Raises
    ------
    BadRequest
        When it doesn't.
    """
    defaults = plan.request.defaults
    told = defaults.told if defaults else {}
    replies = plan.request.kind is JobKind.SERVED and plan.handler is not Handler.EMBEDDING
    if told and not replies:
        raise BadRequest(
            f"This job writes no replies: nothing could have a default {next(iter(told))}.",
            hint="Leave the defaults out.",
        )


def check_embeds(handler: Handler, engine: Engine) -> None:
    """Let a job pass that embeds if its engine can.

    Raises
    ------
    BadRequest
        When it can't.
    """
    if handler is Handler.EMBEDDING and engine is not Engine.LLAMACPP:
        raise BadRequest(
            f"The engine {engine.value} computes no embeddings here.",
            hint="Use --engine llamacpp and a GGUF of an embedding model.",
        )


def choose_handler(asked: str | None, offered: list[Handler]) -> Handler:
    """Return the handler asked for, or the model's first one.

    ``evaluation:chatbot`` is accepted for ``chatbot``. A model that can chat can complete, too; one
    that embeds can do nothing else.

    Raises
    ------
    BadRequest
        When the model does not offer it.
    """
    if not asked:
        return offered[0] if offered else Handler.CHATBOT
    name = asked.rsplit(":", 1)[-1]
    writes = Handler.EMBEDDING not in offered
    more = [Handler.COMPLETION] if writes else []
    possible = {handler.value: handler for handler in [*offered, *more]}
    if not offered:  # a local model that was never looked into
        possible = {handler.value: handler for handler in Handler}
    if name not in possible:
        raise BadRequest(
            f"The model does not offer the handler {asked!r}.",
            hint=f"It offers: {', '.join(possible)}.",
        )
    return possible[name]


def choose_context(asked: int | None, name: str, limit: int | None) -> int:
    """Return the tokens one conversation may have with a model.

    Parameters
    ----------
    limit
        What the model was made for, where it tells.

    Raises
    ------
    BadRequest
        When more is asked than the model was made for.
    """
    limit = limit or _USUAL_CONTEXT
    if asked and asked > limit:
        raise BadRequest(
            f"{name} has a context of {limit} tokens; {asked} were asked for.",
            hint=f"Use --context {limit} or less.",
        )
    return asked or min(limit, DEFAULT_CONTEXT)


def known_context(plan: Plan) -> int | None:
    """Return the tokens one conversation may have; None while nobody knows the model's limit.

    Raises
    ------
    BadRequest
        When more is asked than the model was made for, as far as that is known.
    """
    fetch, asked = plan.fetch, plan.request.context
    if fetch.files is not None:
        return choose_context(asked, fetch.files.name, fetch.files.context)
    limit = plan.remote.context if plan.remote else fetch.context
    return choose_context(asked, fetch.name, limit) if limit else asked


def cache_tokens(context: int, handlers: Sequence[Handler]) -> int:
    """Return the size of the KV cache, in tokens, for conversations of `context` tokens.

    A model that embeds has no conversations: it reads one text after the other.
    """
    return context if Handler.EMBEDDING in handlers else _CONVERSATIONS * context


def choose_slots(tokens: int, grant: list[Grant]) -> int:
    """Return how many replies may be written at once, of a KV cache of `tokens`.

    They share the cache, so more of them take no memory. A GPU's step takes hardly longer with
    more; on a CPU each one's next token does.
    """
    if all(part.simulated or part.device == DeviceKind.CPU.value for part in grant):
        return _CPU_SLOTS
    return max(_CPU_SLOTS, min(_GPU_SLOTS, tokens // _SLOT_TOKENS))


@dataclass(frozen=True)
class KnownNeed:
    """What is known of the memory a job takes, before its weights may be here.

    `total` in bytes; `parts` is of what it is the sum. What is not `exact` is the least it takes.
    """

    total: int
    parts: MemoryNeed | None = None
    exact: bool = False

    @property
    def aside(self) -> int:
        """Return the bytes it takes of the CPU's memory beside its GPUs."""
        return memory.beside(self.parts) if self.parts else 0


async def known_need(plan: Plan, registry: Registry, devices: Devices) -> KnownNeed:
    """Return what is known of a job's need: read from its weights, or from the catalog.

    For weights in 16 bit the catalog's figures give the whole need. Quantized ones are only known
    by their size, which is less than the need: what is refused by it could never have fitted.

    Raises
    ------
    BadRequest
        When its context is longer than the model's.
    """
    fetch = plan.fetch
    if fetch.files is not None:
        context = choose_context(plan.request.context, fetch.files.name, fetch.files.context)
        need = await memory_need(plan, fetch.files, context, devices)
        return KnownNeed(need.total, need, need.exact)
    check_offload(plan, devices)
    context = known_context(plan) or _USUAL_CONTEXT
    if plan.remote is not None:
        need = memory.need_of(
            plan.remote,
            engine=plan.engine_for(fetch),
            dtype=plan.request.dtype,
            context=cache_tokens(context, [plan.handler]),
            on_gpu=_has_gpu(plan, devices) and not plan.prefers_cpu(),
            quantize=plan.request.quantize,
        )
        return _known(plan, need)
    size = fetch.bytes or 0
    if not fetch.parameters or size < 2 * fetch.parameters:
        return KnownNeed(max(0, size - (plan.request.offload or 0)))
    info = await asyncio.to_thread(registry.detail, fetch.uri)
    guess = memory.estimate(
        info,
        plan.request.dtype,
        cache_tokens(context, [plan.handler]),
        on_gpu=_has_gpu(plan, devices),
        quantize=plan.request.quantize,
    )
    return _known(plan, guess) if guess else KnownNeed(size)


def _known(plan: Plan, need: MemoryNeed) -> KnownNeed:
    if plan.request.offload:
        need = memory.set_aside(need, plan.request.offload)
    return KnownNeed(need.total, need, need.exact)


async def memory_need(plan: Plan, files: ModelFiles, context: int, devices: Devices) -> MemoryNeed:
    """Return the bytes a job needs, read from the weights' headers.

    Raises
    ------
    BadRequest
        When it wants to leave weights outside a GPU and there is none, or that are all.
    """
    check_offload(plan, devices)
    on_gpu = _has_gpu(plan, devices) and not plan.prefers_cpu(files)
    need = await asyncio.to_thread(
        memory.need,
        files,
        engine=plan.engine_for(files),
        dtype=plan.request.dtype,
        context=cache_tokens(context, files.handlers),
        slots=1,
        on_gpu=on_gpu,
        quantize=plan.request.quantize,
    )
    adapter = plan.adapter.files if plan.adapter else None
    need = need.model_copy(update={"weights": need.weights + (adapter.bytes if adapter else 0)})
    return memory.set_aside(need, plan.request.offload) if plan.request.offload else need


def check_offload(plan: Plan, devices: Devices) -> None:
    """Let a plan pass that leaves weights outside a GPU if there is a GPU with its own memory.

    Raises
    ------
    BadRequest
        When there is none.
    """
    if not plan.request.offload:
        return
    kinds = {device.kind for device in plan.resource.candidates(devices)}
    if not kinds & {DeviceKind.CUDA, DeviceKind.ROCM}:
        raise BadRequest(
            "--offload keeps part of a model out of a GPU's memory; "
            f"{plan.resource.text!r} is no GPU with memory of its own here.",
            hint="Leave --offload out.",
        )


def weights_most(grant: list[Grant], need: MemoryNeed) -> dict[str, int]:
    """Return how many bytes of weights each device of a grant may take.

    The KV cache lies whole on the first GPU; the libraries look after the rest. Empty where all
    weights go to one device.
    """
    gpus = [part for part in grant if part.device != DeviceKind.CPU.value]
    if len(gpus) < 2 and not need.offload:
        return {}
    # What is left outside is computed on a GPU: there, the rest of the need has its room.
    most = {part.device: part.bytes for part in gpus}
    most[gpus[0].device] = max(0, most[gpus[0].device] - need.kv_cache)
    if need.offload:
        spare = (sum(most.values()) - need.weights) // len(gpus)
        most = {device: max(0, size - max(0, spare)) for device, size in most.items()}
        most |= {part.device: part.bytes for part in grant if part not in gpus}
    return most


def corrected_need(need: MemoryNeed, measured: int | None) -> int:
    """Return the bytes to ask for, where a job like this one was measured before.

    What it held at most and 5 % more takes the place of the estimated overhead; never less than
    the weights and the whole cache, which a short run may not have filled.
    """
    if measured is None:
        return need.total
    return max(need.weights + need.kv_cache, measured * 21 // 20)


def memory_share(grant: list[Grant], devices: dict[str, Device]) -> float | None:
    """Return the grant as a share of each GPU, the smallest one; None without a real GPU."""
    gpus = [part for part in grant if devices[part.device].kind is not DeviceKind.CPU]
    if not gpus or any(part.simulated for part in gpus):
        return None
    return min(1.0, *(part.bytes / devices[part.device].total for part in gpus))


def held_bytes(engine: Engine, grant: list[Grant], told: int) -> int | None:
    """Return what a worker holds on its devices, None where its own figure doesn't say that.

    torch counts a GPU's memory without the driver's context. llama.cpp doesn't tell what it holds
    on a GPU, and on Apple's the worker's own memory is not it either.
    """
    kinds = [part.device.partition(":")[0] for part in grant if not part.simulated]
    gpus = [kind for kind in kinds if kind != DeviceKind.CPU.value]
    if not gpus:
        return told
    if engine is Engine.TRANSFORMERS and DeviceKind.MPS.value not in gpus:
        return told + memory.GPU_CONTEXT * len(gpus) if told else None
    return None


def peak_key(plan: Plan, files: ModelFiles, context: int, devices: Devices) -> str:
    """Return what jobs that take the same memory have in common."""
    engine, kind = plan.engine_for(files), "gpu" if _has_gpu(plan, devices) else "cpu"
    tokens = cache_tokens(context, files.handlers)
    key = f"{files.uri} {engine.value} {plan.request.dtype} {tokens} {kind}"
    quantize, adapter = plan.request.quantize, plan.request.adapter
    words = [key, *([quantize.value] if quantize else []), *([adapter] if adapter else [])]
    return " ".join(
        [*words, *([f"offload {plan.request.offload}"] if plan.request.offload else [])]
    )


def _has_gpu(plan: Plan, devices: Devices) -> bool:
    return plan.resource.candidates(devices)[0].kind is not DeviceKind.CPU
