"""Tells whether it was memory that an engine ran out of."""

from __future__ import annotations

# torch's allocators for CUDA, HIP and MPS, its CPU allocator, and llama.cpp's own words.
_WORDS = ("out of memory", "can't allocate memory", "failed to allocate", "unable to allocate")


def ran_out_of_memory(error: BaseException | None) -> bool:
    """Look at an error and at what caused it."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if any(word in str(error).lower() for word in _WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False
