"""GPU names as people say them: `NVIDIA A100-SXM4-80GB` is an `A100 80G`.

Drivers report a little less memory than a card is sold with (ECC, firmware), so the size in a
label is the one printed on the box, not the driver's number rounded.
"""

from __future__ import annotations

import re

GIB = 1024**3

# Sizes GPUs are sold with, in GiB.
_SOLD = [1, 2, 3, 4, 6, 8, 10, 11, 12, 16, 20, 24, 32, 40, 48, 64, 80, 94, 96, 128, 141, 180]
_SOLD += [192, 256, 288]

_SIZE_IN_NAME = re.compile(r"(?<![\w.])(\d+)\s?GB?(?!\w)", re.IGNORECASE)
_NOISE = re.compile(
    r"(?<!\w)(NVIDIA|AMD|GeForce|Tesla|Quadro|Radeon|Instinct|GPU|Generation"
    r"|(Workstation|Server) Edition|SXM\d?|PCIe|NVL|HBM\d\w?|\d+\s?GB)(?!\w)",
    re.IGNORECASE,
)
_SLICE = re.compile(r"\bMIG\b.*$")


def size_label(name: str, total: int) -> str:
    """Return the size a GPU is sold with, such as ``80G``; below one GiB such as ``512M``.

    Parameters
    ----------
    name
        As the driver says it; a size in it is believed when the memory agrees within 15 %
        (the 480 GB in `GH200 480GB` are not the GPU's).
    total
        Bytes the driver reports.
    """
    size = total / GIB
    if size < 1:
        return f"{round(total / 1024**2)}M"
    named = _SIZE_IN_NAME.search(name)
    if named and abs(int(named[1]) - size) <= 0.15 * size:
        return f"{int(named[1])}G"
    sold = next((sold for sold in _SOLD if 0.9 * sold <= size <= sold + 0.5), round(size))
    return f"{sold}G"


def gpu_label(name: str, total: int) -> str:
    """Return a GPU's model and memory as people read them, such as ``RTX 4090 24G``.

    A MIG slice keeps its profile, which names its size already: ``A100 MIG 1g.10gb``.
    """
    piece = _SLICE.search(name)
    model = re.sub(
        r"[\s-]+", " ", _NOISE.sub(" ", name[: piece.start()] if piece else name)
    ).strip()
    return f"{model or name} {piece[0] if piece else size_label(name, total)}"
