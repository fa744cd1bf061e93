"""A private server, started where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support import isolated_environment, process_gone, wait_until

WHO = "from jupyter_sw.client import connect; c = connect(); print(c.status().server_id, repr(c))"


def start(home: Path, code: str = WHO, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**isolated_environment(home), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Return a home whose private server is stopped at the end."""
    yield tmp_path
    file = tmp_path / "run" / "jupyter_sw-private.json"
    if file.exists():
        pid = json.loads(file.read_text())["pid"]
        psutil.Process(pid).terminate()
        wait_until(lambda: process_gone(pid), 20, "the private server is gone")


def test_two_programs_at_once_share_one(home: Path) -> None:
    outputs = [process.communicate(timeout=60) for process in (start(home), start(home))]
    answers = {output.split()[0] for output, _ in outputs}
    assert len(answers) == 1, outputs
    file = home / "run" / "jupyter_sw-private.json"
    assert file.stat().st_mode & 0o777 == 0o600
    info = json.loads(file.read_text())
    server = psutil.Process(info["pid"])
    # The token is in nobody's argument list, output or log, and not in the server's environment.
    log = (home / "run" / "jupyter_sw-private.log").read_text()
    shown = "".join([*server.cmdline(), log, *(text for pair in outputs for text in pair)])
    assert info["token"] not in shown
    # It has a session of its own: an interrupt of whoever started it does not reach it.
    assert os.getsid(server.pid) == server.pid
    # The next program finds it.
    later, _ = start(home).communicate(timeout=60)
    assert later.split()[0] in answers


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    broken = home / "broken" / "jupyter_server"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('half an installation')")
    code = (
        "from jupyter_sw.client import connect\n"
        "from jupyter_sw.errors import ServerUnavailable\n"
        "try: connect()\n"
        "except ServerUnavailable as error: print(error)"
    )
    output, problems = start(home, code, PYTHONPATH=str(broken.parent)).communicate(timeout=60)
    assert "The private server ended at once (exit status 1)" in output, problems
    assert "half an installation" in output
