"""A job's log: what its worker and the worker's libraries print, from the first line.

`runners.logpump` writes it, bounded, in pieces; here it is read as one text. An offset counts the
bytes of all that was ever written, so it stays true when the middle is left out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from jupyter_sw.runners.logpump import pieces
from jupyter_sw.schemas.jobs import LogLine
from jupyter_sw.schemas.quantities import format_bytes

CHUNK = 256 * 1024
_LOOK_EVERY = 0.25  # seconds between looks at the end of a followed file
_LEVEL = re.compile(r"^\S+ ([A-Z]+) [^:]*: ")
_ERRORS = ("ERROR", "CRITICAL")
_LEVELS = ("DEBUG", "INFO", "WARNING", *_ERRORS)
_MOST_FOUND = 1000


def read_log(path: Path, offset: int, limit: int = CHUNK) -> tuple[str, int]:
    """Return text from an offset and the offset to go on from.

    A character that is only half written yet is left for the next call. Where a part was left out
    there is one line that says how much.
    """
    try:
        found = pieces(path)
    except FileNotFoundError:
        return "", offset
    for place, (start, name) in enumerate(found):
        following = found[place + 1][0] if place + 1 < len(found) else None
        if following is not None and offset >= following:
            continue
        data = _bytes_of(name, max(0, offset - start), limit)
        if not data and following is not None:  # rotated away, perhaps just now
            left_out = following - offset
            note = f"… {format_bytes(left_out)} of the log were left out …\n" if left_out else ""
            return note, following
        whole = _whole_characters(data)
        return data[:whole].decode("utf-8", "replace"), max(offset, start) + whole
    return "", offset


def log_end(path: Path) -> int:
    """Return the offset of a log's end."""
    try:
        start, name = pieces(path)[-1]
        return start + name.stat().st_size
    except FileNotFoundError:
        return 0


def remove_log(path: Path) -> None:
    """Remove a log with all its pieces."""
    if path.parent.is_dir():
        for _, name in pieces(path):
            name.unlink(missing_ok=True)


async def follow_log(
    path: Path, offset: int, ended: Callable[[], bool]
) -> AsyncIterator[tuple[str, int]]:
    """Yield (text, offset to resume from) as the log grows, until it is whole and `ended`."""
    while True:
        last = ended()
        text, offset = await asyncio.to_thread(read_log, path, offset)
        if text:
            yield text, offset
        elif last:
            return
        else:
            await asyncio.sleep(_LOOK_EVERY)


def search_log(
    path: Path, text: str = "", level: str = "", most: int = _MOST_FOUND
) -> list[LogLine]:
    """Return the lines with `text` in them (in upper or lower case), of a level or above.

    The newest `most` of them; in order.
    """
    wanted = text.casefold()
    levels = _LEVELS[_LEVELS.index(level.upper()) :] if level else ()
    found = [
        line
        for line in _lines(path)
        if wanted in line.text.casefold() and (not levels or line.level in levels)
    ]
    return found[-most:]


def last_errors(path: Path, lines: int = 3, since: int = 0) -> str:
    """Return the last lines that say what went wrong, for a job's reason; empty when none do.

    Of a traceback that is its last line. `since` is an offset: what a former worker said is past.
    """
    all_lines = list(_lines(path, max(since, log_end(path) - 32 * 1024)))
    errors = [_said(line.text) for line in all_lines if line.level in _ERRORS]
    # Frames of a traceback are indented, its beginning is always the same.
    errors = [e for e in errors if not e.startswith((" ", "Traceback (most recent call last)"))]
    return " ".join((errors or [_said(line.text) for line in all_lines[-1:]])[-lines:])[:600]


def _lines(path: Path, offset: int = 0) -> Iterator[LogLine]:
    rest = ""
    while True:
        began = offset - len(rest.encode())
        text, offset = read_log(path, offset)
        if not text:
            return
        *whole, rest = (rest + text).split("\n")
        for line in whole:
            if line.strip():
                level = _LEVEL.match(line)
                yield LogLine(offset=began, level=level[1] if level else "", text=line)
            began += len(line.encode()) + 1


def _said(line: str) -> str:
    return _LEVEL.sub("", line).rstrip()


def _bytes_of(name: Path, offset: int, limit: int) -> bytes:
    try:
        with name.open("rb") as file:
            file.seek(offset)
            return file.read(limit)
    except FileNotFoundError:
        return b""


def _whole_characters(data: bytes) -> int:
    """Return the length of `data` without a trailing, incomplete UTF-8 sequence."""
    cut = len(data)
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte & 0xC0 == 0x80:
            continue
        need = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
        if need > back:
            cut -= back
        break
    return cut
