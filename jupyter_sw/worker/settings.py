"""What a request says about sampling, with the model's defaults where it says nothing."""

from __future__ import annotations

import secrets
from typing import TypeVar

from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.generation import ChatCompletionRequest, CompletionRequest
from jupyter_sw.worker.engines.base import Engine, Sampling
from jupyter_sw.worker.grammar import form_of
from jupyter_sw.worker.tools import Toolbox

_MOST_CANDIDATES = 1_000_000  # more than any vocabulary has: the same as all

N = TypeVar("N", int, float)


def settle(
    request: ChatCompletionRequest | CompletionRequest,
    engine: Engine,
    max_tokens: int,
    toolbox: Toolbox | None = None,
) -> list[Sampling]:
    """Return the settings of each reply that is asked for; blocking.

    Raises
    ------
    BadRequest
        Names what is wrong, or what the engine can't do.
    """
    defaults = engine.defaults
    stop = request.stop
    bias = tuple((request.logit_bias or {}).items())
    for token, _ in bias:
        if not 0 <= token < engine.vocabulary:
            raise BadRequest(
                f"logit_bias: there is no token {token}; the model has {engine.vocabulary}."
            )
    seed = secrets.randbits(62) if request.seed is None else request.seed
    form = form_of(request.response_format, toolbox)
    shown = toolbox.control.items() if toolbox is not None else ()
    replies = [
        Sampling(
            temperature=_given(request.temperature, defaults.temperature),
            top_p=_given(request.top_p, defaults.top_p),
            top_k=min(_given(request.top_k, defaults.top_k), _MOST_CANDIDATES),
            min_p=_given(request.min_p, 0.0),
            repetition_penalty=_given(request.repetition_penalty, 1.0),
            frequency_penalty=_given(request.frequency_penalty, 0.0),
            presence_penalty=_given(request.presence_penalty, 0.0),
            logit_bias=bias,
            logprobs=request.logprobs_asked,
            form=form,
            shown=tuple((token, text) for text, token in shown),
            seed=seed + number,
            max_tokens=max_tokens,
            stop=(stop,) if isinstance(stop, str) else tuple(stop or ()),
        )
        for number in range(request.n or 1)
    ]
    engine.check(replies[0])
    return replies


def _given(value: N | None, default: N) -> N:
    return default if value is None else value
