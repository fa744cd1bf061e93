"""One request's row in the steps of the batching: what is done to its scores alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch

from jupyter_sw.worker.engines.base import Sampling, TokenLogprob
from jupyter_sw.worker.engines.hf.grammars import Grammar, Grammars

_LEAST = -9999.0  # JSON has no infinity


class Row:
    """Touched by the batching's thread while the request runs.

    Parameters
    ----------
    grammars
        None only for rows without a request, which ask for nothing.

    Attributes
    ----------
    logprobs
        One for each token that was chosen, where they were asked for.
    special
        Whether its scores are looked at one by one: changed, or told.
    reused
        Tokens of the prompt whose keys and values were in the cache; known with the first token.
    error
        What the request has to fail with.
    """

    def __init__(
        self, sampling: Sampling, prompt: list[int], grammars: Grammars | None = None
    ) -> None:
        self.sampling = sampling
        self.logprobs: list[TokenLogprob] = []
        self.special = bool(changes_scores(sampling)) or sampling.logprobs is not None
        self.reused: int | None = None
        self.error: Exception | None = None
        self._grammars = grammars
        self._prompt = len(prompt)
        self._computed = 0
        self._seen = 0
        self._counts: Counter[int] = Counter()
        self._known = set(prompt) if sampling.repetition_penalty != 1 else set()
        self._grammar: Grammar | None = None
        if sampling.form is not None and grammars is not None:
            self._grammar = grammars.follow(sampling.form)

    def computed(self, tokens: int, *, complete: bool) -> None:
        """Note tokens of the prompt that a step computes; `complete` with the last of them."""
        if self.reused is None:
            self._computed += tokens
            if complete:
                self.reused = max(0, self._prompt - self._computed)

    def adjust(self, scores: torch.Tensor, state: Any) -> None:
        """Change the scores of the next token in place, shape [vocabulary].

        `state` is the batching's own: it moves generated tokens to the prompt when it has to
        compute them anew.
        """
        sampling = self.sampling
        written = (state.initial_tokens + state.generated_tokens)[self._prompt :]
        new = written[self._seen :]
        self._seen = len(written)
        if sampling.repetition_penalty != 1:
            self._known.update(new)
            known = torch.tensor(sorted(self._known), device=scores.device)
            values, penalty = scores[known], sampling.repetition_penalty
            scores[known] = torch.where(values > 0, values / penalty, values * penalty)
        if sampling.frequency_penalty or sampling.presence_penalty:
            self._counts.update(new)
            counted = torch.tensor(list(self._counts), dtype=torch.long, device=scores.device)
            counts = torch.tensor(
                list(self._counts.values()), dtype=scores.dtype, device=scores.device
            )
            scores[counted] -= sampling.frequency_penalty * counts + sampling.presence_penalty
        if sampling.logit_bias:
            tokens, weights = zip(*sampling.logit_bias, strict=True)
            scores[list(tokens)] += torch.tensor(weights, dtype=scores.dtype, device=scores.device)
        if self._grammar is not None:
            self._grammar.took(new)
            scores.masked_fill_(self._grammar.forbidden().to(scores.device), -torch.inf)

    def tell(self, scores: torch.Tensor, chosen: int) -> None:
        """Note how likely the chosen token was; `scores` are the model's own."""
        assert self._grammars is not None
        whole = torch.logsumexp(scores, dim=-1)
        values, tokens = scores.topk(self.sampling.logprobs or 0)
        bytes_of = self._grammars.bytes_of
        self.logprobs.append(
            TokenLogprob(
                bytes_of(chosen),
                max(_LEAST, float(scores[chosen] - whole)),
                tuple(
                    (bytes_of(token), max(_LEAST, value))
                    for token, value in zip(tokens.tolist(), (values - whole).tolist(), strict=True)
                ),
            )
        )


def changes_scores(sampling: Sampling) -> list[str]:
    """Return the names of the settings that change scores by what came before."""
    asked = {
        "repetition_penalty": sampling.repetition_penalty != 1,
        "frequency_penalty": sampling.frequency_penalty != 0,
        "presence_penalty": sampling.presence_penalty != 0,
        "logit_bias": bool(sampling.logit_bias),
    }
    if sampling.form is not None:
        asked[sampling.form.field] = True
    return [name for name, given in asked.items() if given]
