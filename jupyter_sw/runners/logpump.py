"""Writes what a worker prints to its job's log; a program of its own, from the standard library.

``python -I -S logpump.py PATH LIMIT`` reads lines from standard input until all who write to it are
gone, so it gets a killed worker's last words, and outlives the server. Every line gets its time and
level. The log is bounded: the first quarter of LIMIT bytes stays, of the rest the newest. A piece
of it that begins at byte N of all that was ever written is the file ``PATH.N``.
"""

from __future__ import annotations

# Nothing of ours: it must start at once, beside every worker.
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

LONGEST = 64 * 1024  # bytes of a line
_LAST_TRIES = 60  # seconds a full disk is waited for at the end
_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ ")
# Words that tell of an error, but not where they count or rate what isn't there.
_ERROR = re.compile(
    r"(?<!\bno )(?<!\b0 )\b(error|fatal|critical|exception|failed|traceback)\b"
    r"(?! (rate|count|bars?|margin)\b)(?!\s*[:=]\s*(0|none|no|false)\b)",
    re.IGNORECASE,
)
_EXCEPTION = re.compile(r"^[\w.]+(Error|Exception|Interrupt)\b")
_WARNING = re.compile(r"warn(ing)?\b", re.IGNORECASE)
# Every escape sequence and control character but tab; in one pass, so that none is put together by
# taking another out.
_HIDDEN = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_].*?(?:\x07|\x1b\\|$)|[ -/]*[0-~]?)"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
)
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")


class Levels:
    """Guesses the level of lines that do not carry one; a traceback is an error to its end."""

    def __init__(self) -> None:
        self._in_traceback = False

    def of(self, line: str) -> str:
        """Return the level of the next line."""
        if line.startswith("Traceback (most recent call last)"):
            self._in_traceback = True
        elif self._in_traceback and not line.startswith((" ", "\t")):
            self._in_traceback = False
            return "ERROR"
        if self._in_traceback or _EXCEPTION.search(line) or _ERROR.search(line):
            return "ERROR"
        return "WARNING" if _WARNING.search(line) else "INFO"


class BoundedLog:
    """A log of at most `limit` bytes that keeps its head and its tail."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._head = max(LONGEST, limit // 4)
        self._piece = max(LONGEST, (limit - self._head) // 2)
        self._lost = 0
        self._file = -1
        self._start = self._size = 0
        self._ready()

    def write(self, line: str) -> None:
        """Append a line; what a full disk does not take is counted and told later."""
        try:
            self._ready()
            if self._lost:
                self._put(stamp(f"ERROR log: {self._lost} lines could not be written.\n"))
                self._lost = 0
            self._put(line)
        except OSError:
            self._lost += 1

    def close(self) -> None:
        """Tell what was lost, as soon as the disk takes it; for a while."""
        for _ in range(_LAST_TRIES):
            if not self._lost:
                return
            with suppress(OSError):
                self._ready()
                self._put(stamp(f"ERROR log: {self._lost} lines could not be written.\n"))
                return
            time.sleep(1)

    def _ready(self) -> None:
        """Open the newest piece, if that has not been possible yet."""
        if self._file < 0:
            with suppress(OSError):
                self._open(*pieces(self._path)[-1])

    def _put(self, line: str) -> None:
        data = line.encode("utf-8", "replace")
        room = self._head if self._start == 0 else self._piece
        if self._size and self._size + len(data) > room:
            start = self._start + self._size
            self._open(start, self._path.with_name(f"{self._path.name}.{start}"))
            for _, old in pieces(self._path)[1:-2]:
                old.unlink()
        before = self._size
        try:
            while data:
                written = os.write(self._file, data)
                self._size += written
                data = data[written:]
        except OSError:
            os.ftruncate(self._file, before)  # not half a line
            self._size = before
            raise

    def _open(self, start: int, name: Path) -> None:
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if self._file >= 0:  # only now: a full disk may have no room for a new piece
            os.close(self._file)
        self._file = opened
        self._start, self._size = start, os.fstat(self._file).st_size


def pieces(path: Path) -> list[tuple[int, Path]]:
    """Return (first byte, file) of every piece of a log, in order, the head among them."""
    found = [(0, path)]
    for other in path.parent.iterdir():
        start = other.name[len(path.name) + 1 :]
        if other.name.startswith(f"{path.name}.") and start.isdecimal():
            found.append((int(start), other))
    return sorted(found)


def stamp(text: str) -> str:
    """Return a line with the time before it."""
    now = time.time()
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return f"{seconds}.{int(now * 1000) % 1000:03d}Z {text}"


def lines(source: int) -> Iterator[bytes]:
    """Yield what comes, line by line; of a line that was written over, what was left of it."""
    rest = b""
    while True:
        data = os.read(source, 1 << 16)
        if not data:
            break
        *whole, rest = (rest + data).split(b"\n")
        for line in map(_left_of, whole):
            yield from _pieces_of(line)
        if b"\r" in rest[:-1]:  # the last one may be the first half of a line's end
            rest = _left_of(rest) + (b"\r" if rest.endswith(b"\r") else b"")
        while len(rest) > LONGEST:
            yield rest[:LONGEST]
            rest = rest[LONGEST:]
    if rest:
        yield from _pieces_of(_left_of(rest))


def _pieces_of(line: bytes) -> Iterator[bytes]:
    for start in range(0, len(line) or 1, LONGEST):
        yield line[start : start + LONGEST]


def _colour_only(found: re.Match[str]) -> str:
    return found[0] if _COLOUR.fullmatch(found[0]) else ""


def _left_of(line: bytes) -> bytes:
    return line.rstrip(b"\r").rpartition(b"\r")[2]


def main() -> None:
    """Pump until the end."""
    path, limit = Path(sys.argv[1]), int(sys.argv[2])
    log, levels = BoundedLog(path, limit), Levels()
    for raw in lines(0):
        text = _HIDDEN.sub(_colour_only, raw.decode("utf-8", "replace"))
        if not text.strip():
            continue
        if not _OURS.match(text):
            text = stamp(f"{levels.of(text)} output: {text}")
        log.write(f"{text}\n")
    log.close()


if __name__ == "__main__":
    main()
