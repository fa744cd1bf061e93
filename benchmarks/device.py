"""The GPU: what it is, and how fast its memory is read. ``python -m benchmarks.device``.

A process of its own looks, which has left the GPU again when something is measured there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.bandwidth import copied

_SIZE, _TIMES = 2**30, 20  # far more than any cache holds


@dataclass(frozen=True)
class Device:
    """A GPU."""

    name: str
    bandwidth: float
    """Bytes a second, of a copy on the device: read and written together."""


def look() -> Device | None:
    """Return the first GPU that torch sees; None where it sees none."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.device"],
        cwd=Path(__file__).parents[1],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout)
    return Device(**found) if found else None


def _measure() -> Device | None:
    import torch

    if not torch.cuda.is_available():
        return None
    _free, total = torch.cuda.mem_get_info()
    size = min(_SIZE, total // 8)
    source = torch.ones(size, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    target.copy_(source)  # the first copy is not counted
    began.record()
    for _ in range(_TIMES):
        target.copy_(source)
    ended.record()
    torch.cuda.synchronize()
    bandwidth = copied(size, _TIMES, began.elapsed_time(ended))
    return Device(torch.cuda.get_device_name(), bandwidth)


if __name__ == "__main__":
    seen = _measure()
    print(json.dumps(asdict(seen) if seen else None))
