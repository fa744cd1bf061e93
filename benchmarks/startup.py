"""What it costs to have the extension, and how long until a model runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Series, in_turn
from tests.support import Server, isolated_environment

_SERVER = """
import sys, time
from jupyter_server.serverapp import ServerApp
began = time.perf_counter()
app = ServerApp.instance(ip="127.0.0.1", port=0, open_browser=False, allow_root=True)
app.initialize([f"--ServerApp.jpserver_extensions={sys.argv[1]}"])
spent = time.perf_counter() - began
assert ("jupyter_sw.server.routes" in sys.modules) == sys.argv[1].endswith("True")
assert "torch" not in sys.modules
print(spent)
"""

_LOAD_EXT = """
import time
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
began = time.perf_counter()
shell.extension_manager.load_extension("jupyter_sw")
spent = time.perf_counter() - began
import sys
assert "torch" not in sys.modules
print(spent)
"""


def server_start(home: Path, runs: int) -> dict[str, Series]:
    """Return the seconds a Jupyter Server takes until it listens, without and with the extension.

    Measured inside a fresh process from the end of the server's own imports, which vary by more
    than what is measured here; no other extension is loaded.
    """

    def start(enabled: bool) -> float:
        # Without configuration files the server knows no extension but the one named here.
        env = {**isolated_environment(home), "JUPYTER_NO_CONFIG": "1", "JUPYTER_TOKEN": "bench"}
        command = [sys.executable, "-c", _SERVER, f"jupyter_sw={enabled}"]
        done = subprocess.run(command, env=env, cwd=home, check=True, capture_output=True)
        return float(done.stdout.split()[-1])

    return in_turn(
        runs, without=lambda: start(enabled=False), with_ours=lambda: start(enabled=True)
    )


def load_ext(home: Path, runs: int) -> Series:
    """Return the seconds of ``%load_ext jupyter_sw`` in a fresh IPython."""
    env = isolated_environment(home)

    def once() -> float:
        command = [sys.executable, "-c", _LOAD_EXT]
        done = subprocess.run(command, env=env, cwd=home, check=True, capture_output=True)
        return float(done.stdout.split()[-1])

    return in_turn(runs, load_ext=once)["load_ext"]


def run_to_running(server: Server, runs: int) -> Series:
    """Return the seconds from submitting the embedded model to its job running."""

    def once() -> float:
        job = server.run()
        server.ask("POST", f"jobs/{job['id']}/cancel")
        server.wait_for(job["id"], "cancelled")
        return float(job["running_at"] - job["created_at"])

    return in_turn(runs, run=once)["run"]
