"""Which precision and attention a device gets."""

from __future__ import annotations

import pytest

from jupyter_sw.schemas.jobs import Grant
from jupyter_sw.worker.engines.hf.device import choose_attention, choose_dtype, place

PLAIN = frozenset({"avx", "avx2", "fma"})
BF16 = PLAIN | {"avx512f", "avx512_bf16"}
AMX = PLAIN | {"amx_tile", "amx_bf16"}


@pytest.mark.parametrize(
    ("asked", "kind", "capability", "flags", "expected"),
    [
        ("auto", "cuda", (9, 0), PLAIN, "bfloat16"),
        ("auto", "cuda", (8, 0), PLAIN, "bfloat16"),
        ("auto", "cuda", (7, 5), BF16, "float16"),
        ("auto", "mps", None, PLAIN, "float16"),
        ("auto", "cpu", None, PLAIN, "float32"),
        ("auto", "cpu", None, BF16, "bfloat16"),
        ("auto", "cpu", None, AMX, "bfloat16"),
        ("auto", "cpu", None, frozenset(), "float32"),
        ("float32", "cuda", (9, 0), PLAIN, "float32"),
        ("bfloat16", "cpu", None, PLAIN, "bfloat16"),
    ],
)
def test_dtype(
    asked: str,
    kind: str,
    capability: tuple[int, int] | None,
    flags: frozenset[str],
    expected: str,
) -> None:
    assert choose_dtype(asked, kind, capability=capability, cpu_flags=flags) == expected


@pytest.mark.parametrize(
    ("kind", "capability", "flash", "expected"),
    [
        ("cuda", (8, 6), True, "flash_attention_2"),
        ("cuda", (8, 6), False, "sdpa"),
        ("cuda", (7, 5), True, "sdpa"),
        ("mps", None, True, "sdpa"),
        ("cpu", None, True, "sdpa"),
    ],
)
def test_attention(
    kind: str, capability: tuple[int, int] | None, flash: bool, expected: str
) -> None:
    assert choose_attention(kind, capability, flash=flash) == expected


def test_what_a_simulated_gpu_was_asked_for_is_loaded_on_the_cpu() -> None:
    grant = [Grant(device="cuda:0", bytes=1, simulated=True)]
    assert place(None, grant, "float32").kind == "cpu"
