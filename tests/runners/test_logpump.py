"""What writes a job's log: time, level, bounds, and what it withstands."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_sw.jobs.logs import last_errors, log_end, read_log, remove_log, search_log
from jupyter_sw.runners import logpump
from tests.support import REPO, wait_until

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ")


def pumped(log: Path, data: bytes, limit: int = 16 * 2**20) -> list[str]:
    """Pump bytes into a log and return its lines without their times."""
    subprocess.run(
        [sys.executable, "-I", "-S", logpump.__file__, str(log), str(limit)],
        input=data,
        check=True,
        timeout=60,
    )
    text = whole(log)
    assert all(STAMP.match(line) or line.startswith("… ") for line in text.splitlines())
    return [STAMP.sub("", line) for line in text.splitlines()]


def whole(log: Path) -> str:
    """Return a log as a reader gets it."""
    text, offset = "", 0
    while True:
        piece, offset = read_log(log, offset, 5000)
        if not piece:
            return text
        text += piece


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        (b"hello\n", "INFO output: hello"),
        (b"2026-01-01T00:00:00.000Z INFO ours: as it is\n", "INFO ours: as it is"),
        (b"ValueError: no such thing\n", "ERROR output: ValueError: no such thing"),
        (b"CUDA error: out of memory\n", "ERROR output: CUDA error: out of memory"),
        (b"load: failed to open x\n", "ERROR output: load: failed to open x"),
        (b"error rate: 0.1, 0 failed\n", "INFO output: error rate: 0.1, 0 failed"),
        (b"no error, failed: 0\n", "INFO output: no error, failed: 0"),
        (b"UserWarning: careful\n", "WARNING output: UserWarning: careful"),
        (b"no line end", "INFO output: no line end"),
        (b" 10%|#  |\r 50%|## |\r100%|###|\n", "INFO output: 100%|###|"),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07\x00\n", "INFO output: \x1b[31mred\x1b[0m "),
        (b"\x1b[2Jcleared\x07\n", "INFO output: cleared"),
        (b"x\x1b[2\x1b[0KJy\n", "INFO output: x2Jy"),  # none is put together from two halves
        (b"end\x1b[\n", "INFO output: end"),
        (b"\x1b[>4;2mkeys\n", "INFO output: keys"),
        ("作业 🙂\n".encode(), "INFO output: 作业 🙂"),
        (b"half \xf0\x9f\n", "INFO output: half \ufffd"),
    ],
)
def test_every_line_has_time_and_level(tmp_path: Path, printed: bytes, line: str) -> None:
    assert pumped(tmp_path / "job.log", printed) == [line]


def test_a_traceback_is_an_error_to_its_end(tmp_path: Path) -> None:
    printed = b"""before
Traceback (most recent call last):
  File "x.py", line 1, in <module>
    broken()
KeyError: 'model.layers.0'
after
"""
    lines = pumped(tmp_path / "job.log", printed)
    assert [line.split()[0] for line in lines] == ["INFO", *["ERROR"] * 4, "INFO"]
    assert last_errors(tmp_path / "job.log") == "KeyError: 'model.layers.0'"


def test_a_long_log_keeps_its_head_and_its_tail(tmp_path: Path) -> None:
    log, limit = tmp_path / "job.log", 2**18
    printed = b"".join(b"line %06d %s\n" % (number, b"x" * 60) for number in range(20_000))
    lines = pumped(log, printed, limit)
    files = [file for _, file in logpump.pieces(log)]
    assert sum(file.stat().st_size for file in files) <= limit
    numbers = [int(found[1]) for line in lines if (found := re.search(r"line (\d{6})", line))]
    assert numbers[0] == 0
    assert numbers[-1] == 19_999
    assert numbers == sorted(set(numbers)), "no line comes twice"
    (gap,) = [line for line in lines if line.startswith("… ")]
    assert "of the log were left out" in gap
    assert log_end(log) > len(printed), "an offset counts all that was ever written"
    assert read_log(log, log_end(log)) == ("", log_end(log))
    remove_log(log)
    assert list(tmp_path.iterdir()) == []


def test_a_second_worker_of_the_job_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    pumped(log, b"first\n")
    since = log_end(log)
    lines = pumped(log, b"RuntimeError: second\n")
    assert lines == ["INFO output: first", "ERROR output: RuntimeError: second"]
    assert last_errors(log, since=since) == "RuntimeError: second"


def test_search_by_text_and_level(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    pumped(log, b"Alpha\nerror: beta\nalpha again\n")
    found = search_log(log, "ALPHA")
    assert [line.text[25:] for line in found] == ["INFO output: Alpha", "INFO output: alpha again"]
    assert read_log(log, found[1].offset)[0] == found[1].text + "\n"
    assert [line.level for line in search_log(log, level="error")] == ["ERROR"]
    assert len(search_log(log, level="info")) == 3
    assert len(search_log(log, "a", most=1)) == 1


def test_it_starts_at_once(tmp_path: Path) -> None:
    began = time.monotonic()
    pumped(tmp_path / "job.log", b"x\n")
    assert time.monotonic() - began < 2


def test_a_disk_that_was_full_at_a_rotation_is_written_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = logpump.BoundedLog(tmp_path / "job.log", 2**18)
    line = logpump.stamp(f"INFO x: {'y' * 1000}\n")
    full = False
    really = logpump.os.open

    def opens(*arguments: Any) -> int:
        if full:
            raise OSError(28, "No space left on device")
        return really(*arguments)

    monkeypatch.setattr(logpump.os, "open", opens)
    for number in range(400):
        full = 60 < number < 100
        log.write(line)
    text = whole(tmp_path / "job.log")
    assert re.search(r"ERROR log: \d+ lines could not be written\.", text)
    assert text.endswith(line)


def test_what_a_full_disk_lost_is_told_though_the_worker_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "job.log"
    log = logpump.BoundedLog(path, 2**18)
    log.write(logpump.stamp("INFO x: whole\n"))
    tries = []
    really = logpump.os.write

    def writes(file: int, data: bytes) -> int:
        if len(tries) < 3:
            tries.append(data)
            raise OSError(28, "No space left on device")
        return really(file, data)

    monkeypatch.setattr(logpump.os, "write", writes)
    monkeypatch.setattr(logpump.time, "sleep", lambda _seconds: None)
    log.write(logpump.stamp("INFO x: lost\n"))
    log.close()
    assert "lost\n" not in whole(path)
    assert whole(path).endswith("ERROR log: 1 lines could not be written.\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds another process's files")
def test_a_file_system_that_takes_no_more_is_told_of_once_it_does(tmp_path: Path) -> None:
    """The pump itself, with the kernel's own refusal to let a file grow."""
    log = tmp_path / "job.log"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", logpump.__file__, str(log), str(2**24)], stdin=subprocess.PIPE
    ) as pump:
        assert pump.stdin is not None
        pump.stdin.write(b"first\n")
        pump.stdin.flush()
        wait_until(lambda: log.exists() and log.stat().st_size, 10, "the first line is written")
        size = log.stat().st_size
        process = psutil.Process(pump.pid)
        process.rlimit(psutil.RLIMIT_FSIZE, (size + 10, psutil.RLIM_INFINITY))
        pump.stdin.write(b"second\nthird\n")
        pump.stdin.close()  # the worker has ended
        time.sleep(0.5)
        assert log.stat().st_size == size, "and not half a line"
        process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        assert pump.wait(10) == 0
    told = [STAMP.sub("", line) for line in whole(log).splitlines()]
    assert told == ["INFO output: first", "ERROR log: 2 lines could not be written."]


@pytest.mark.parametrize("end", [b"\n", b""])
def test_no_piece_of_a_very_long_line_is_longer_than_a_line_may_be(
    tmp_path: Path, end: bytes
) -> None:
    lines = pumped(tmp_path / "job.log", b"z" * 200_000 + end)
    assert max(map(len, lines)) <= logpump.LONGEST + 100
    assert sum(line.count("z") for line in lines) == 200_000


def test_progress_that_comes_bit_by_bit_is_collapsed(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", logpump.__file__, str(log), str(2**20)], stdin=subprocess.PIPE
    ) as pump:
        assert pump.stdin is not None
        for piece in (b"10%\r", b"20%\r", b"30%\r\n"):
            pump.stdin.write(piece)
            pump.stdin.flush()
            time.sleep(0.1)
    assert [line.split(": ")[1] for line in whole(log).splitlines()] == ["30%"]


def test_a_worker_prints_on_when_nobody_reads(tmp_path: Path) -> None:
    code = (
        "import logging, sys\n"
        "from jupyter_sw.worker import logs\n"
        "logs.configure()\n"
        "sys.stdin.read()\n"
        "for _ in range(3):\n"
        "    print('out'); sys.stderr.write('err\\n'); sys.stderr.flush(); logging.info('log')\n"
        f"open({str(tmp_path / 'done')!r}, 'w').close()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=REPO,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(20) == 0
    assert (tmp_path / "done").exists()
