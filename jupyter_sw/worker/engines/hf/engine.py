"""The engine on transformers."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.jobs import Engine as EngineName
from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker import logs
from jupyter_sw.worker.engines.base import (
    Message,
    Report,
    Sampling,
    SamplingDefaults,
    Templates,
    ToolDict,
)
from jupyter_sw.worker.engines.hf.device import Placement, place
from jupyter_sw.worker.engines.hf.shards import shards
from jupyter_sw.worker.engines.mailbox import Mailbox
from jupyter_sw.worker.readahead import ReadAhead
from jupyter_sw.worker.templates import TemplateRefused, encode_with_repairs

log = logging.getLogger(__name__)

# The files are here already; what is missing must fail at once instead of asking a network.
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",
}


def import_libraries() -> None:
    """Import all that loading a model imports and that does not depend on the model."""
    os.environ.update(_OFFLINE)  # before: the hub's library reads it once
    import torch  # noqa: F401
    from transformers import PreTrainedTokenizerFast  # noqa: F401
    from transformers.models.llama import modeling_llama  # noqa: F401 - most share its imports

    from jupyter_sw.worker.engines.hf import batching, loading, packing  # noqa: F401


class TransformersEngine:
    """One model of transformers, its requests batched continuously."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.defaults = SamplingDefaults()
        self.vocabulary = 0
        self.templates = Templates()
        self._spec = spec
        self._torch: Any = None
        self._tokenizer: Any = None
        self._batches: Any = None
        self._placement: Placement | None = None

    def load(self, report: Report) -> EngineInfo:
        """Load the model. See `Engine.load`."""
        ReadAhead(shards(self._spec))  # while the libraries are imported
        report(Stage.IMPORTING, None, "torch, transformers")
        import_libraries()
        import torch
        import transformers

        from jupyter_sw.worker.engines.hf.batching import Batches, page_tokens
        from jupyter_sw.worker.engines.hf.loading import load_model
        from jupyter_sw.worker.engines.hf.packing import pack_linears

        logs.adopt("transformers", "ContinuousBatchingLogger")
        self._torch = torch
        torch.set_num_threads(self._spec.threads or torch.get_num_threads())
        spec = self._spec
        placement = self._placement = place(
            torch, spec.grant, spec.dtype, spec.quantize, spec.weights_most
        )
        model, self._tokenizer = load_model(
            spec, report, placement.dtype, attention=placement.attention, **placement.options
        )
        report(Stage.WARMING)
        if placement.kind == "cpu":
            log.info("%d linear layers packed for the CPU.", pack_linears(model))
        self._batches = Batches(
            model,
            self._tokenizer,
            placement,
            cache_tokens=max(self._spec.cache_tokens, self._spec.context),
            slots=self._spec.slots,
        )
        self.vocabulary = model.config.get_text_config().vocab_size
        self.templates = _templates(self._tokenizer.chat_template)
        self.defaults = _model_defaults(model.generation_config)
        return EngineInfo(
            engine=EngineName.TRANSFORMERS,
            device=",".join(part.place for part in self._spec.grant) or "cpu",
            dtype=placement.dtype,
            context=self._spec.context,
            slots=self._spec.slots,
            page=page_tokens(placement),
            quantize=self._spec.quantize,
            attention=placement.attention,
            graphs=self._batches.graphs,
            version=transformers.__version__,
        )

    def encode_chat(self, messages: list[Message], tools: Sequence[ToolDict] = ()) -> list[int]:
        """Return a conversation's tokens. See `Engine.encode_chat`."""
        if self._tokenizer.chat_template is None:
            raise BadRequest(
                f"{self._spec.files.name} has no chat template; it is not a chat model.",
                hint="Use /v1/completions, or run a chat model.",
            )
        return encode_with_repairs(messages, lambda form: self._encode_form(form, tools))

    def encode_text(self, text: str) -> list[int]:
        """Return a text's tokens. See `Engine.encode_text`."""
        tokens: list[int] = self._tokenizer.encode(text, split_special_tokens=True)
        return tokens

    def control_token(self, text: str) -> int | None:
        """Return a control token. See `Engine.control_token`."""
        token = self._tokenizer.added_tokens_encoder.get(text)
        if token is None or not self._tokenizer.added_tokens_decoder[token].special:
            return None
        return int(token)

    def check(self, sampling: Sampling) -> None:
        """Refuse what can't be done. See `Engine.check`."""
        self._batches.check(sampling)

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        """Begin to generate. See `Engine.start`."""
        stop: Callable[[], None] = self._batches.start(tokens, sampling, mailbox)
        return stop

    def memory(self) -> int | None:
        """Return the bytes torch holds on the GPUs. See `Engine.memory`."""
        if self._placement is None or self._placement.kind != "cuda":
            return None
        cuda = self._torch.cuda
        return sum(int(cuda.memory_reserved(index)) for index in range(self._placement.count))

    def close(self) -> None:
        """Do nothing: all of it goes with the process."""

    def _encode_form(self, messages: list[Message], tools: Sequence[ToolDict]) -> list[int]:
        from jinja2 import TemplateError

        try:
            tokens: list[int] = self._tokenizer.apply_chat_template(
                messages,
                tools=list(tools) or None,
                add_generation_prompt=True,
                tokenize=True,  # in one go: rendered text would get a second BOS
                return_dict=False,
                sanitize_control_tokens=True,
            )
        except (TemplateError, TypeError) as error:  # one that joins texts where there are none
            raise TemplateRefused(str(error)) from error
        return tokens


def _templates(template: str | dict[str, str] | None) -> Templates:
    """Return the templates that `apply_chat_template` takes."""
    if isinstance(template, dict):
        plain = template.get("default", "")
        return Templates(plain, template.get("tool_use", plain))
    return Templates(template or "", template or "")


def _model_defaults(config: Any) -> SamplingDefaults:
    """Return a model's own sampling settings where it brings any."""
    fallback = SamplingDefaults()
    if not config.do_sample:
        return fallback

    def own(name: str, default: Any) -> Any:
        value = getattr(config, name, None)
        return default if value is None else value

    return SamplingDefaults(
        temperature=own("temperature", 1.0), top_p=own("top_p", 1.0), top_k=own("top_k", 50)
    )
