"""What it costs to have the extension, and how long until a model runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.measure import Series, in_turn
from tests.support import Server, isolated_environment, wait_until

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
    """Return the seconds from starting a Jupyter Server to its first answer, without and with us.

    No other extension is loaded, so that only ours differs.
    """

    def start(mode: str) -> float:
        config = home / mode
        config.mkdir(exist_ok=True)
        # Without configuration files the server knows no extension but the one named here.
        env = {**isolated_environment(config), "JUPYTER_NO_CONFIG": "1", "JUPYTER_TOKEN": "bench"}
        command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
        command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
        command += [f"--ServerApp.jpserver_extensions=jupyter_sw={mode == 'with'}"]
        began = time.perf_counter()
        process = subprocess.Popen(
            command, env=env, cwd=config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        info = config / "run" / f"jpserver-{process.pid}.json"
        try:
            url = wait_until(lambda: _url(info), 60, "the server's info file")
            with httpx.Client(base_url=url, headers={"Authorization": "token bench"}) as client:
                assert client.get("api/status").is_success
                spent = time.perf_counter() - began
                found = client.get("jupyter-sw/api/status").status_code
                assert found == (200 if mode == "with" else 404), found
            return spent
        finally:
            process.kill()
            process.wait()

    return in_turn(runs, without=lambda: start("without"), with_ours=lambda: start("with"))


def _url(info: Path) -> str | None:
    try:
        return str(json.loads(info.read_text())["url"])
    except (OSError, ValueError):
        return None


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
