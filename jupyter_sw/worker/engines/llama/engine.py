"""GGUF models through llama.cpp, in this process (xllamacpp).

xllamacpp generates through callbacks; for chat templates and tokens it offers llama.cpp's own HTTP
routes only. So its server listens on a second Unix socket beside the worker's, with a random key,
and `LocalRoutes` speaks to it.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from jupyter_sw.errors import BadRequest, EngineError
from jupyter_sw.loopback import HOST, has_unix_sockets
from jupyter_sw.schemas.jobs import Engine as EngineName
from jupyter_sw.schemas.worker import EngineInfo, Stage, WorkerSpec
from jupyter_sw.worker.engines.base import (
    Message,
    Report,
    Sampling,
    SamplingDefaults,
    Templates,
    ToolDict,
)
from jupyter_sw.worker.engines.llama.literals import Literals
from jupyter_sw.worker.engines.llama.reply import Reply
from jupyter_sw.worker.engines.llama.routes import LocalRoutes
from jupyter_sw.worker.engines.mailbox import Mailbox
from jupyter_sw.worker.readahead import ReadAhead
from jupyter_sw.worker.templates import TemplateRefused, encode_with_repairs

log = logging.getLogger(__name__)

_BATCH = 512  # prompt tokens a step; a stop is seen between two steps
_ALL_LAYERS = 9999
_RANDOM_SEED = 0xFFFFFFFF  # llama.cpp's word for "any seed"
_ERRORS = 1  # llama.cpp's verbosity; its warnings are about its own bookkeeping


class LlamaCppEngine:
    """One GGUF model in llama.cpp."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.defaults = SamplingDefaults()
        self.vocabulary = 0
        self.templates = Templates()
        self._spec = spec
        self._server: Any = None
        self._routes: LocalRoutes | None = None
        self._literals: Literals | None = None
        self._socket = Path(spec.socket).with_suffix(".l.sock")
        # One thread a reply: each waits in llama.cpp with the interpreter lock released.
        self._repliers = ThreadPoolExecutor(spec.slots, thread_name_prefix="reply")

    def load(self, report: Report) -> EngineInfo:
        """Load the model. See `Engine.load`."""
        path = Path(self._spec.files.path)
        weights = ReadAhead([path])
        report(Stage.IMPORTING, None, "xllamacpp")
        try:
            import xllamacpp
        except ImportError as error:
            raise EngineError(
                f"xllamacpp can't be imported: {error}.",
                hint="Install it with: pip install 'jupyter_sw[llamacpp]'",
            ) from error
        # xllamacpp holds the interpreter lock while it loads. Read before, the slow part of a load
        # shows its progress and leaves the worker able to answer.
        weights.wait(report)
        key = secrets.token_urlsafe(32)
        report(Stage.LOADING, None, path.name)
        try:
            self._server = xllamacpp.Server(self._parameters(xllamacpp, path, key))
        except RuntimeError as error:
            raise EngineError(
                f"llama.cpp could not load {path.name}: {error}.",
                hint="The job's log has llama.cpp's own words.",
            ) from error
        self._routes = LocalRoutes(self._address(), key)
        self._literals = Literals(self._tokens_of)
        self.vocabulary = int(self._routes.get("/v1/models")["data"][0]["meta"]["n_vocab"])
        told = self._routes.get("/props")
        plain = told["chat_template"]
        self.templates = Templates(plain, told.get("chat_template_tool_use") or plain)
        report(Stage.WARMING)
        self._warm_up()
        return EngineInfo(
            engine=EngineName.LLAMACPP,
            device=self._device(),
            dtype=_quantization(path),
            context=self._spec.context,
            slots=self._spec.slots,
            attention="flash" if self._on_gpu else None,
            version=version("xllamacpp"),
        )

    def encode_chat(self, messages: list[Message], tools: Sequence[ToolDict] = ()) -> list[int]:
        """Return a conversation's tokens. See `Engine.encode_chat`."""
        assert self._literals is not None
        marked = self._literals.mark(messages)
        marked_tools = self._literals.mark(list(tools))
        return encode_with_repairs(marked, lambda form: self._encode_form(form, marked_tools))

    def encode_text(self, text: str) -> list[int]:
        """Return a text's tokens. See `Engine.encode_text`."""
        return self._tokens_of(text, add_special=True, parse_special=False)

    def control_token(self, text: str) -> int | None:
        """Return a control token. See `Engine.control_token`."""
        tokens = self._tokens_of(text, add_special=False, parse_special=True)
        plain = self._tokens_of(text, add_special=False, parse_special=False)
        return tokens[0] if len(tokens) == 1 and tokens != plain else None

    def check(self, sampling: Sampling) -> None:
        """Accept everything that `Sampling` can say. See `Engine.check`."""

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        """Begin to generate. See `Engine.start`."""
        reply = Reply(mailbox, sampling.logprobs or 0)
        body: dict[str, Any] = {
            "prompt": tokens,
            "stream": True,
            "return_progress": True,
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "repeat_penalty": sampling.repetition_penalty,
            "frequency_penalty": sampling.frequency_penalty,
            "presence_penalty": sampling.presence_penalty,
            "repeat_last_n": self._spec.context,  # all of prompt and reply
            "logit_bias": [list(pair) for pair in sampling.logit_bias],
            "seed": sampling.seed % _RANDOM_SEED,
            "stop": list(sampling.stop),
        }
        if sampling.logprobs is not None:
            body["n_probs"] = max(1, sampling.logprobs)
        if sampling.form is not None:
            body["grammar"] = "%llguidance {}\n" + sampling.form.lark
        if sampling.shown:
            body["preserved_tokens"] = [text for _, text in sampling.shown]
        self._repliers.submit(self._generate, json.dumps(body).encode(), reply)
        return reply.stop

    def memory(self) -> int | None:
        """Return None: what llama.cpp holds on a GPU is not told; see `Engine.memory`."""
        return None

    def close(self) -> None:
        """Remove the private socket."""
        self._socket.unlink(missing_ok=True)

    @property
    def _on_gpu(self) -> bool:
        return any(part.device != "cpu" and not part.simulated for part in self._spec.grant)

    def _device(self) -> str:
        return ",".join(part.place for part in self._spec.grant) or "cpu"

    def _address(self) -> Path | str:
        if has_unix_sockets():
            return self._socket
        return str(urlsplit(self._server.listening_address).netloc)

    def _parameters(self, xllamacpp: Any, path: Path, key: str) -> Any:
        spec = self._spec
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        # One cache for all slots; a slot may use up to a whole context of it.
        params.kv_unified = True
        params.n_ctx = max(spec.cache_tokens, spec.context)
        params.kv_unified_per_slot = spec.context
        params.n_parallel = spec.slots
        params.n_batch = params.n_ubatch = _BATCH
        params.n_gpu_layers = _ALL_LAYERS if self._on_gpu else 0
        params.fit_params = False  # all sizes are given: nothing to try out
        params.cache_ram_mib = 0  # prompts are cached in the slots; more would exceed the grant
        if has_unix_sockets():
            params.hostnames = [str(self._socket)]
        else:
            params.hostnames, params.port = [HOST], 0
        params.api_keys = [key]
        params.endpoint_slots = False
        params.ui = False
        params.offline = True
        params.prefill_assistant = False
        params.verbosity = _ERRORS
        threads = spec.threads or _physical_cores()
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        return params

    def _warm_up(self) -> None:
        def take(_: bytes) -> bool:
            return False

        body = {"prompt": self.encode_text("Hello"), "stream": True, "max_tokens": 1}
        self._server.handle_completions(json.dumps(body).encode(), take)

    def _generate(self, body: bytes, reply: Reply) -> None:
        try:
            self._server.handle_completions(body, reply.take)
        except Exception as error:
            log.exception("llama.cpp failed")
            reply.fail(EngineError(f"llama.cpp failed: {error}"))
        reply.end()

    def _encode_form(self, messages: list[Message], tools: list[ToolDict]) -> list[int]:
        assert self._routes is not None
        assert self._literals is not None
        body: dict[str, Any] = {"messages": messages}
        if tools and self.templates.tools != self.templates.plain:
            body["tools"] = tools  # the one way to the second template
        elif tools:
            # For `tools` of the body, llama.cpp would make a parser and a grammar of its own, and
            # refuse the schemas that it can't make them of.
            body["chat_template_kwargs"] = {"tools": tools}
        try:
            prompt = self._routes.post("/apply-template", body)["prompt"]
        except BadRequest as error:
            raise TemplateRefused(error.message) from error
        return self._literals.encode(prompt)

    def _tokens_of(self, text: str, *, add_special: bool, parse_special: bool) -> list[int]:
        assert self._routes is not None
        body = {"content": text, "add_special": add_special, "parse_special": parse_special}
        tokens: list[int] = self._routes.post("/tokenize", body)["tokens"]
        return tokens


def _quantization(path: Path) -> str:
    """Return the quantization a GGUF file's name ends with (``Q4_K_M``), as is customary."""
    parts = path.stem.replace("-", ".").rsplit(".", 1)
    return parts[-1] if len(parts) > 1 else "gguf"


def _physical_cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed or 1, psutil.cpu_count(logical=False) or 1))
