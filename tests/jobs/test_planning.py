"""What a plan settles by itself."""

from __future__ import annotations

import pytest

from jupyter_sw.jobs.planning import choose_slots
from jupyter_sw.schemas.jobs import Grant

GPU = Grant(device="cuda:0", bytes=2**30)
PRETENDED = Grant(device="cuda:0", bytes=2**30, simulated=True)
CPU = Grant(device="cpu", bytes=2**30)


@pytest.mark.parametrize(
    ("grant", "tokens", "slots"),
    [
        ([CPU], 16_384, 8),
        ([PRETENDED], 16_384, 8),  # the CPU computes
        ([GPU], 16_384, 32),
        ([GPU, CPU], 16_384, 32),  # weights set aside
        ([GPU], 131_072, 32),
        ([GPU], 8_192, 16),
        ([GPU], 1_024, 8),
    ],
)
def test_a_gpu_writes_more_replies_at_once(grant: list[Grant], tokens: int, slots: int) -> None:
    assert choose_slots(tokens, grant) == slots
