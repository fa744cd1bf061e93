"""What llguidance knows of a model's tokens: their bytes, and which may come next in a grammar."""

from __future__ import annotations

import threading
from typing import Any

import torch

from jupyter_sw.worker.engines.base import Form


class Grammars:
    """Made when a request first needs it: reading a large vocabulary takes a moment.

    Parameters
    ----------
    tokenizer
        A fast tokenizer of transformers.
    vocabulary
        Scores the model gives.
    ends
        Tokens that end a reply.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._vocabulary = vocabulary
        self._ends = sorted(ends)
        self._lock = threading.Lock()
        self._made: Any = None

    def prepare(self) -> None:
        """Read the vocabulary, unless it is read already; from any thread."""
        from llguidance.hf import from_tokenizer

        with self._lock:
            if self._made is None:
                size = max(self._vocabulary, len(self._tokenizer))
                self._made = from_tokenizer(
                    self._tokenizer, n_vocab=size, eos_token=self._ends or None
                )

    def bytes_of(self, token: int) -> bytes:
        """Return the bytes that a token stands for."""
        self.prepare()
        data: bytes = self._made.decode_bytes([token])
        return data

    def follow(self, form: Form) -> Grammar:
        """Return the state of a reply that has a form."""
        from llguidance import LLMatcher

        self.prepare()
        matcher = LLMatcher(self._made, LLMatcher.grammar_from_lark(form.lark))
        return Grammar(matcher, self._vocabulary)


class Grammar:
    """Where one reply is in its grammar."""

    def __init__(self, matcher: Any, vocabulary: int) -> None:
        self._matcher = matcher
        self._vocabulary = vocabulary

    def took(self, tokens: list[int]) -> None:
        """Go on by tokens that were allowed."""
        if tokens:
            self._matcher.consume_tokens(tokens)
            self._check()

    def forbidden(self) -> torch.Tensor:
        """Return for each token whether it may not come next, shape [vocabulary], on the CPU."""
        weights = torch.frombuffer(bytearray(self._matcher.compute_logit_bias()), dtype=torch.uint8)
        self._check()
        return weights[: self._vocabulary] == 0

    def _check(self) -> None:
        if self._matcher.is_error():
            raise ValueError(self._matcher.get_error())
