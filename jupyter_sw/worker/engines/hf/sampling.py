"""Chooses each request's next token by its own settings and its own seed.

transformers' batching samples with one generator for all. Here every row of a batch is drawn by
the Gumbel-max trick instead: the token with the largest ``logit / temperature + noise`` is a
sample of the softmax. The noise is a hash of (seed, position, token), so a reply depends on its
own seed only, never on who shares its batch. The batching runs greedy and takes the winner.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import torch

from jupyter_sw.worker.engines.base import Sampling
from jupyter_sw.worker.engines.hf.rows import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

_M32 = 0xFFFFFFFF
_GOLDEN = 0x9E3779B1
_SHORT_LIST = 256
_LONG_LIST = 1024
_GREEDY = Row(Sampling(temperature=0, top_p=1, top_k=0, seed=0, max_tokens=0), [])

log = logging.getLogger(__name__)


class RowSampler:
    """Stands in for the batching's own list of logits processors.

    Parameters
    ----------
    static
        True where the step is captured as a CUDA graph: then no shape may depend on the data.
    """

    # Rows of int32 the batching keeps for each sequence, in this order; floats by their bits.
    _TEMPERATURE, _TOP_P, _MIN_P, _TOP_K, _SEED_LOW, _SEED_HIGH, _POSITION = range(7)
    tensors_required = 7
    do_processing = True

    def __init__(self, *, static: bool) -> None:
        self.static = static
        self.rows: dict[str, Row] = {}
        """Those of the requests that run, by their ids."""
        self._special: list[tuple[int, Row, Any]] = []

    def check_kwargs(self, kwargs: dict[str, Any]) -> None:
        """Accept every request: its settings are in `rows`."""

    def fill_defaults(self, storage: torch.Tensor) -> None:
        """Make rows without a request greedy."""
        storage.zero_()

    def prepare_tensor_args(
        self, requests_in_batch: Sequence[Any], arg_storage: torch.Tensor
    ) -> torch.Tensor:
        """Write the settings of the sequences that get a token in this step."""
        rows: list[tuple[Sampling, int]] = []
        self._special = []
        for request in requests_in_batch:
            state = request.state
            row = self.rows.get(state.request_id, _GREEDY)
            if row is not _GREEDY:
                row.computed(request.query_length, complete=request.has_new_token)
            if request.has_new_token:
                if row.special:
                    self._special.append((len(rows), row, state))
                rows.append((row.sampling, state.position_offset))
        arg_storage[self._TEMPERATURE].zero_()
        if any(sampling.temperature > 0 for sampling, _ in rows):
            floats = [[s.temperature, s.top_p, s.min_p] for s, _ in rows]
            ints = [
                [s.top_k for s, _ in rows],
                [_signed(s.seed) for s, _ in rows],
                [_signed(s.seed >> 32) for s, _ in rows],
                [position for _, position in rows],
            ]
            packed = torch.cat(
                [
                    torch.tensor(floats, dtype=torch.float32).T.contiguous().view(torch.int32),
                    torch.tensor(ints, dtype=torch.int32),
                ]
            )
            arg_storage[: self.tensors_required, : len(rows)] = packed.to(arg_storage.device)
        return arg_storage

    def __call__(
        self, input_ids: torch.Tensor, scores: torch.Tensor, args: torch.Tensor
    ) -> torch.Tensor:
        """Return scores whose largest entry in each row is the token to take."""
        args = args[:, : scores.size(0)]
        temperature = args[self._TEMPERATURE].view(torch.float32)
        if self.static:
            winners = self._draw(scores, args, shorten=False)
            best = scores.argmax(dim=-1, keepdim=True)
            chosen = torch.where(temperature.unsqueeze(-1) > 0, winners, best)
            return scores.scatter(1, chosen, torch.inf)
        plain = [(row, scores[index].clone()) for index, row, _ in self._special]
        for index, row, state in self._special:
            try:
                row.adjust(scores[index], state)
            except Exception as error:  # fails one request; raised here it would fail all
                log.exception("A request's settings failed")
                row.error = error
        sampled = (temperature > 0).nonzero().squeeze(-1)
        if sampled.numel():
            winners = self._draw(scores[sampled], args[:, sampled], shorten=True)
            scores[sampled, winners.squeeze(-1)] = torch.inf
        for (row, before), (index, _, _) in zip(plain, self._special, strict=True):
            if row.sampling.logprobs is not None:
                row.tell(before, int(scores[index].argmax()))
        return scores

    def _draw(self, scores: torch.Tensor, args: torch.Tensor, *, shorten: bool) -> torch.Tensor:
        """Return one token for each row, shape [rows, 1]."""
        temperature = args[self._TEMPERATURE].view(torch.float32).unsqueeze(-1)
        top_p = args[self._TOP_P].view(torch.float32).unsqueeze(-1)
        min_p = args[self._MIN_P].view(torch.float32).unsqueeze(-1)
        top_k = args[self._TOP_K].unsqueeze(-1)
        scores = scores / temperature.clamp(min=1e-4)
        whole = torch.logsumexp(scores, dim=-1, keepdim=True)
        if shorten:
            values, tokens = _candidates(scores, whole, top_p, top_k)
        else:
            values, tokens = scores.sort(dim=-1, descending=True)
        ranks = torch.arange(values.size(-1), device=values.device)
        limited = top_k > 0
        outside = limited & (ranks >= top_k)
        values = values.masked_fill(outside, -torch.inf)
        norm = torch.where(limited, torch.logsumexp(values, dim=-1, keepdim=True), whole)
        shares = (values - norm).exp()
        # A token stays while those before it do not reach top_p; so the first always does.
        values = values.masked_fill(shares.cumsum(dim=-1) - shares >= top_p, -torch.inf)
        # So much less likely than the best, which comes first or is found; log 0 cuts nothing off.
        best = values.amax(dim=-1, keepdim=True)
        values = values.masked_fill(values < best + min_p.log(), -torch.inf)
        key = row_keys(args[self._SEED_LOW], args[self._SEED_HIGH], args[self._POSITION])
        winner = (values + gumbel_noise(key, tokens)).argmax(dim=-1, keepdim=True)
        return tokens.gather(-1, winner)


def _candidates(
    scores: torch.Tensor, whole: torch.Tensor, top_p: torch.Tensor, top_k: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return as few of the best tokens as hold everything that top_k and top_p let through."""
    vocabulary = scores.size(-1)
    if bool((top_k > 0).all()):
        size = int(top_k.max())
        if size <= _SHORT_LIST < vocabulary:
            return scores.topk(size, dim=-1)
    elif bool(((top_k == 0) & (top_p >= 1)).all()):
        tokens = torch.arange(vocabulary, device=scores.device).expand_as(scores)
        return scores, tokens  # nothing is cut off: the order does not matter
    elif int(top_k.max()) <= _LONG_LIST < vocabulary:
        values, tokens = scores.topk(_LONG_LIST, dim=-1)
        mass = (values - whole).exp().sum(dim=-1, keepdim=True)
        if bool(((top_k > 0) | (mass >= top_p)).all()):
            return values, tokens
    return scores.sort(dim=-1, descending=True)


def row_keys(low: torch.Tensor, high: torch.Tensor, position: torch.Tensor) -> torch.Tensor:
    """Hash each row's seed and position into 32 bits, shape [rows, 1]."""
    key = _mix((high.long() & _M32) + _GOLDEN)
    key = _mix(key ^ (low.long() & _M32))
    key = _mix((key + position.long() * _GOLDEN) & _M32)
    return key.unsqueeze(-1)


def gumbel_noise(key: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Return standard Gumbel noise for each token id, the same for the same key and id."""
    mixed = _mix((_mix((tokens * _GOLDEN) & _M32) + key) & _M32)
    # 23 bits and a half: every such number is exact in float32 and none is 0 or 1.
    uniform = ((mixed >> 9).to(torch.float32) + 0.5) * 2.0**-23
    return -torch.log(-torch.log(uniform))


def _mix(values: torch.Tensor) -> torch.Tensor:
    """Scramble 32-bit numbers held in int64 (the finalizer of MurmurHash3)."""
    values = values ^ (values >> 16)
    values = (values * 0x85EBCA6B) & _M32
    values = values ^ (values >> 13)
    values = (values * 0xC2B2AE35) & _M32
    return values ^ (values >> 16)


def _signed(value: int) -> int:
    """Return the low 32 bits as the int32 with the same bits."""
    low = value & _M32
    return low - (1 << 32) if low >= 1 << 31 else low
