"""Runs transformers' `ContinuousBatchingManager` for many replies at once.

The manager is not told of contexts and cache sizes; whoever calls `start` has made sure that the
request fits (see `jupyter_sw.worker.gate`).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Callable
from typing import Any

from jupyter_sw.errors import BadRequest, EngineError
from jupyter_sw.worker.engines.base import Sampling
from jupyter_sw.worker.engines.hf.device import Placement
from jupyter_sw.worker.engines.hf.grammars import Grammars
from jupyter_sw.worker.engines.hf.reply import Reply
from jupyter_sw.worker.engines.hf.rows import Row, changes_scores
from jupyter_sw.worker.engines.hf.sampling import RowSampler
from jupyter_sw.worker.engines.hf.spread import reach_across
from jupyter_sw.worker.engines.hf.text import TokenText
from jupyter_sw.worker.engines.mailbox import Mailbox

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.5  # seconds between looks at the manager's thread while replies run
_FORGET_AFTER = 30.0  # seconds a stopped request may still deliver something
_LAST_BREATH = 1.0  # seconds a thread that failed may take to end
_SPARE_PAGES = 4
_BEFORE = 8  # tokens of the prompt that decide how the first token is written


class Batches:
    """The manager, with one handler for each reply.

    Parameters
    ----------
    model
        A causal language model of transformers.
    tokenizer
        Its tokenizer, a fast one.
    cache_tokens
        Size of the KV cache.
    slots
        Sequences in a batch at most.

    Attributes
    ----------
    graphs
        Whether the library records its steps as CUDA graphs; it does where no mask is needed.
    """

    def __init__(
        self, model: Any, tokenizer: Any, placement: Placement, *, cache_tokens: int, slots: int
    ) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._ends = _end_tokens(model)
        vocabulary = model.config.get_text_config().vocab_size
        self._grammars = Grammars(tokenizer, vocabulary, self._ends)
        self._live: dict[str, Reply] = {}
        self._numbers = itertools.count()
        self._watcher: asyncio.Task[None] | None = None
        self._manager = _manager(model, placement, cache_tokens, slots, self._ends)
        self._sampler: RowSampler = self._manager.logit_processor
        self.graphs = self._sampler.static
        self._manager.warmup()
        self._manager.start()

    def check(self, sampling: Sampling) -> None:
        """Refuse what can't be done, and get ready for what can. See `Engine.check`."""
        asked = changes_scores(sampling)
        if sampling.logprobs is not None:
            asked.append("logprobs")
        if asked and self._sampler.static:
            raise BadRequest(
                f"{asked[0]}: not offered while steps run as CUDA graphs.",
                hint="Leave it out, or run the model without flash-attn installed.",
            )
        if sampling.form is not None or sampling.logprobs is not None:
            self._grammars.prepare()

    def start(self, tokens: list[int], sampling: Sampling, mailbox: Mailbox) -> Callable[[], None]:
        """Add a request; on the event loop. See `Engine.start`."""
        self._revive()
        request_id = str(next(self._numbers))
        text = TokenText(self._tokenizer, tokens[-_BEFORE:], dict(sampling.shown))
        row = Row(sampling, tokens, self._grammars)
        reply = Reply(mailbox, row, text, self._ends)
        self._live[request_id] = reply
        self._sampler.rows[request_id] = row

        def take(output: Any) -> None:
            if reply.take(output):
                stop()

        def stop() -> None:
            if self._live.pop(request_id, None) is None:
                return
            self._sampler.rows.pop(request_id)
            if not reply.complete:
                self._manager.cancel_request(request_id)
                # Without its handler, a token that is on its way would lie in a queue for ever.
                asyncio.get_running_loop().call_later(_FORGET_AFTER, self._forget, request_id)
            reply.end()

        self._manager.register_result_handler(request_id, take)
        added = self._manager.add_request(
            tokens,
            request_id=request_id,
            max_new_tokens=sampling.max_tokens,
            streaming=True,
        )
        if added is None:
            reply.fail(EngineError("The batching thread takes no requests.", hint="Try again."))
            stop()
        elif self._watcher is None or self._watcher.done():
            self._watcher = asyncio.ensure_future(self._watch())
        return stop

    def _revive(self) -> None:
        """Start the manager's thread again if an error ended it."""
        manager = self._manager
        if manager.background_thread_status.can_accept_new_requests() is not None:
            log.warning("The batching thread has ended; starting it again.")
            manager.join(time.perf_counter(), timeout=_LAST_BREATH)
            manager.start()

    async def _watch(self) -> None:
        """Fail the replies of a manager whose thread has died: it may not tell them itself."""
        while self._live:
            if not self._manager.is_running():
                cause = self._manager.background_thread_status.fatal_error
                log.error("The batching thread died: %s", cause)
                for request_id, reply in list(self._live.items()):
                    reply.fail(EngineError(f"Generation broke off: {cause}."))
                    self._live.pop(request_id)
                    self._sampler.rows.pop(request_id)
                    self._forget(request_id)
                    reply.end()
                return
            await asyncio.sleep(_LOOK_EVERY)

    def _forget(self, request_id: str) -> None:
        router = self._manager.output_router
        with router._lock:  # there is no public way to take a handler back
            router.result_handlers.pop(request_id, None)


def page_tokens(placement: Placement) -> int:
    """Return the tokens of a page of the cache; flash attention reads pages of 256."""
    return 256 if placement.attention.startswith("flash") else 32


def _manager(
    model: Any, placement: Placement, cache_tokens: int, slots: int, ends: frozenset[int]
) -> Any:
    import transformers

    hf: Any = transformers  # it has no types to check against
    on_gpu = placement.kind == "cuda"
    if placement.spread:
        reach_across()
    config = hf.ContinuousBatchingConfig(
        page_size=page_tokens(placement),
        # The manager divides its memory by groups of layers, and each may be left with a part.
        num_blocks=math.ceil(cache_tokens / page_tokens(placement)) + _SPARE_PAGES,
        max_batch_tokens=2048 if on_gpu else 256,
        max_requests_per_batch=slots,
        safety_margin=0.0,  # requests are admitted by what they can need at most
        auto_switch_to_flash=False,  # it would ask the hub for a kernel
        # Weights that come from elsewhere while a step runs can't be part of a recorded graph.
        use_cuda_graph=False if placement.spread else None,
    )
    generation = hf.GenerationConfig(do_sample=False, eos_token_id=sorted(ends) or None)
    manager = model.init_continuous_batching(
        generation_config=generation, continuous_batching_config=config
    )
    static = any(manager.continuous_batching_config.cuda_graph_booleans)
    manager.logit_processor = RowSampler(static=static)
    return manager


def _end_tokens(model: Any) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    if ends is None:
        ends = model.config.get_text_config().eos_token_id
    if ends is None:
        return frozenset()
    return frozenset([ends] if isinstance(ends, int) else ends)
