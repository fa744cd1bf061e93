"""Layers on several devices and one KV cache.

transformers 5.23 makes the paged cache as one tensor on the device of the model's first layer and
reads and writes it where each layer computes. Layers that accelerate put elsewhere could not.
"""

from __future__ import annotations

import functools
from typing import Any


def reach_across() -> None:
    """Let layers on any device use the cache of every manager that is made from now on."""
    from transformers.generation.continuous_batching.cache import PagedAttentionCache

    cache: Any = PagedAttentionCache
    if not hasattr(cache.update, "__wrapped__"):
        cache.update = reaching(cache.update)


def reaching(update: Any) -> Any:
    """Return `PagedAttentionCache.update` for keys and values that may be on another device.

    They go to the cache and come back with what was cached before: that is as right as on one
    device, and costs the way.
    """

    @functools.wraps(update)
    def reach(
        self: Any, key_states: Any, value_states: Any, layer_idx: int, kwargs: dict[str, Any]
    ) -> tuple[Any, Any]:
        here, there = key_states.device, self.device
        if here == there:
            pair: tuple[Any, Any] = update(self, key_states, value_states, layer_idx, kwargs)
            return pair
        indexes = {name: kwargs[name] for name in ("read_index", "write_index")}
        for name, index in indexes.items():
            kwargs[name] = index and [part.to(there) for part in index]
        keys, values = update(self, key_states.to(there), value_states.to(there), layer_idx, kwargs)
        kwargs.update(indexes)
        return keys.to(here), values.to(here)

    return reach
