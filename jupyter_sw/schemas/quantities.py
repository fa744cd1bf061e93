"""Durations and sizes as people write them, and back.

On the wire a duration is a number of seconds and memory a number of bytes; ``30m`` and
``13.5 GiB`` exist only where a person types or reads.
"""

from __future__ import annotations

import math
import re

from jupyter_sw.errors import BadRequest

_UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(min|[smhd])")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?")
_SIZE_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_NEVER = {"never", "off", "none", "0"}


def parse_duration(text: str | float | None) -> float | None:
    """Turn ``30m``, ``1h30m``, ``1 h 30 min``, ``90`` (seconds) or ``never`` into seconds.

    Returns
    -------
    float or None
        Seconds, > 0; None for None; ``0.0`` for ``never``, ``off`` and ``0``, which on the wire
        means "not at all, whatever the default is".

    Raises
    ------
    BadRequest
        When the text is not a duration, or not finite, or negative.
    """
    if text is None:
        return None
    if isinstance(text, (int, float)):
        if not math.isfinite(text) or text < 0:
            raise BadRequest(f"{text!r} is not a duration.", hint="Try 30m, 1h30m or never.")
        return float(text)
    clean = text.strip().lower()
    if clean in _NEVER:
        return 0.0
    if re.fullmatch(r"\d+(\.\d+)?", clean):
        return float(clean)
    if not re.fullmatch(rf"(?:{_DURATION.pattern}\s*)+", clean):
        raise BadRequest(f"{text!r} is not a duration.", hint="Try 30m, 1h30m or never.")
    return sum(float(number) * _UNITS[unit] for number, unit in _DURATION.findall(clean))


def format_duration(seconds: float) -> str:
    """Write seconds as people do: ``45 s``, ``12 min``, ``1 h 30 min``, ``2 d 3 h``."""
    whole = max(0, math.ceil(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        minutes, rest = divmod(whole, 60)
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    if whole < 86400:
        hours, rest = divmod(whole // 60, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, rest = divmod(whole // 3600, 24)
    return f"{days} d {rest} h" if rest else f"{days} d"


def write_duration(seconds: float) -> str:
    """Write seconds so that `parse_duration` gives them back: ``1h30m``, ``2.5s``, ``never``."""
    if not seconds:
        return "never"
    written, rest = "", seconds
    for unit in ("d", "h", "m"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            written += f"{count:.0f}{unit}"
    return written + (f"{rest:g}s" if rest else "")


def parse_bytes(text: str | int) -> int:
    """Turn ``8GiB``, ``8 GB``, ``512M`` or a number of bytes into bytes; units are binary.

    Raises
    ------
    BadRequest
        When the text is not a size, or is nothing.
    """
    found = _SIZE.fullmatch(str(text).strip().lower())
    size = int(float(found[1]) * _SIZE_UNITS[found[2] or ""]) if found else 0
    if size < 1:
        raise BadRequest(f"{text!r} is not a size.", hint="Try 8GiB or 512MiB.")
    return size


def write_bytes(count: int) -> str:
    """Write bytes so that `parse_bytes` gives them back: ``8GiB``, ``1536MiB``, ``1000``."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        size = _SIZE_UNITS[unit[0].lower()]
        if count and count % size == 0:
            return f"{count // size}{unit}"
    return str(count)


def format_bytes(count: float) -> str:
    """Write bytes in binary units with three figures: ``512 B``, ``98.1 MiB``, ``13.5 GiB``."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
