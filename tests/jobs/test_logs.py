from __future__ import annotations

import asyncio
from pathlib import Path

from jupyter_sw.jobs.logs import follow_log, last_errors, read_log


def test_a_character_that_is_half_written_waits_for_its_rest(tmp_path: Path) -> None:
    path, text = tmp_path / "job.log", "naïve 作业 🙂"
    whole = text.encode()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        first, offset = read_log(path, 0)
        assert "\ufffd" not in first
        path.write_bytes(whole)
        rest, end = read_log(path, offset)
        assert first + rest == text
        assert end == len(whole)


def test_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert read_log(tmp_path / "none.log", 0) == ("", 0)
    assert last_errors(tmp_path / "none.log") == ""


def test_following_yields_all_and_ends_with_the_job(tmp_path: Path) -> None:
    path, ended = tmp_path / "job.log", asyncio.Event()

    async def write() -> None:
        for number in range(3):
            with path.open("a") as file:
                file.write(f"line {number}\n")
            await asyncio.sleep(0.05)
        with path.open("a") as file:
            file.write("last line\n")
        ended.set()

    async def read() -> str:
        writer = asyncio.create_task(write())
        text = "".join([piece async for piece, _ in follow_log(path, 0, ended.is_set)])
        await writer
        return text

    assert asyncio.run(read()) == "line 0\nline 1\nline 2\nlast line\n"


def test_the_last_errors_are_told_without_time_and_level(tmp_path: Path) -> None:
    path = tmp_path / "job.log"
    path.write_text(
        "2026-01-01T00:00:00.000Z INFO worker: starting\n"
        "2026-01-01T00:00:01.000Z ERROR engine: no such file\n"
        "2026-01-01T00:00:02.000Z INFO worker: leaving\n"
    )
    assert last_errors(path) == "no such file"
