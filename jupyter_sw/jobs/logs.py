"""A job's log file: what its worker and the worker's libraries print, from the first line.

The worker writes to the file itself (its standard streams), so nothing is lost when a server dies.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

CHUNK = 256 * 1024
_LOOK_EVERY = 0.25  # seconds between looks at the end of a followed file
_LEVEL = re.compile(r"^\S+ (ERROR|CRITICAL) [^:]*: ")


def read_log(path: Path, offset: int, limit: int = CHUNK) -> tuple[str, int]:
    """Return text from a byte offset and the offset to go on from.

    A character that is only half written yet is left for the next call.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(limit)
    except FileNotFoundError:
        return "", offset
    # Cut before a trailing, incomplete UTF-8 sequence: at most three bytes.
    cut = len(data)
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        need = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        if need > back:
            cut -= back
        break
    return data[:cut].decode("utf-8", "replace"), offset + cut


async def follow_log(
    path: Path, offset: int, ended: Callable[[], bool]
) -> AsyncIterator[tuple[str, int]]:
    """Yield (text, offset to resume from) as the file grows, until it is whole and `ended`."""
    while True:
        last = ended()
        text, offset = await asyncio.to_thread(read_log, path, offset)
        if text:
            yield text, offset
        elif last:
            return
        else:
            await asyncio.sleep(_LOOK_EVERY)


def last_errors(path: Path, lines: int = 3) -> str:
    """Return the last lines that say what went wrong, for a job's reason; empty when none do."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return ""
    text, _ = read_log(path, max(0, size - 32 * 1024), 32 * 1024)
    all_lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [_LEVEL.sub("", line) for line in all_lines if _LEVEL.match(line)]
    return " ".join(errors[-lines:] or all_lines[-1:])[:600]
