"""The magics in terminals, IPython's own and one with a kernel, which obey what is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.magics.kernel import running_kernel
from tests.standin.model import tiny_gguf
from tests.support import REPO, isolated_environment, private_server

SAYS = "It says \x1b]0;pwned\x07\x1b[2Jthis. "
CELLS = """
get_ipython().run_line_magic("load_ext", "jupyter_sw")
get_ipython().run_cell("job = %sw run {model} --release 5m")
get_ipython().run_cell("%%sw --max-tokens 3\\nHi")
"""


COMMANDS = ("\x1b]", "\x07", "\x1b[2J")


def test_a_model_cannot_write_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SW_TEST_SAYS", SAYS)
    model = tiny_gguf(tmp_path)
    with private_server(tmp_path, module="tests.standin.server"):
        done = subprocess.run(
            [sys.executable, "-m", "IPython", "--no-banner", "-c", CELLS.format(model=model)],
            env=isolated_environment(tmp_path),
            cwd=REPO,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert "It says this. 0 1 2" in done.stdout, done.stdout + done.stderr
    for command in COMMANDS:
        assert command not in done.stdout


def test_nor_in_a_terminal_with_a_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``jupyter console`` prints the text of every output."""
    monkeypatch.setenv("SW_TEST_SAYS", SAYS)
    model = tiny_gguf(tmp_path)
    with (
        private_server(tmp_path, module="tests.standin.server"),
        running_kernel(tmp_path) as kernel,
    ):
        cells = ("%load_ext jupyter_sw", f"job = %sw run {model} --release 5m")
        assert all(kernel.run(code).ok for code in cells)
        told = kernel.run("said = %sw ask --max-tokens 3 Hi")
        again = kernel.run("said")
    shown = "".join([*told.shown, told.printed])
    assert "It says this. 0 1 2" in shown
    assert "It says this. 0 1 2" in "".join(again.shown)
    for command in COMMANDS:
        assert command not in shown
        assert command not in "".join(again.shown)
