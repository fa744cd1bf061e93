"""Executes the quickstart in a real kernel against a real Jupyter Server and prints it live.

Everything but the model store lives in a temporary folder and is stopped at the end. Run it by
``make demo``, which sets up what it needs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import nbformat
import psutil
from live_notebook import LiveNotebook, Terminal
from nbclient.exceptions import CellExecutionError, DeadKernelError

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"
OUTPUT = ROOT / "build" / "lab" / f"{NOTEBOOK.stem}-executed.ipynb"
SETUP_SECONDS = ROOT / ".venv" / "setup-seconds"
CELL_SECONDS = 900  # a slow line may need that long for the model's weights
JUST_NOW = 10  # seconds


class DemoError(Exception):
    """Why the demo cannot go on, in a sentence."""


class Server:
    """A Jupyter Server of our own, with nothing of the user's Jupyter in it."""

    def __init__(self, home: Path) -> None:
        self._log = home / "server.log"
        options = ["--ServerApp.port=0", "--ServerApp.ip=127.0.0.1", "--no-browser"]
        if os.geteuid() == 0:
            options.append("--allow-root")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=OUTPUT.parent,
                start_new_session=True,
            )
        self._runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"])
        self.url = ""
        self._token = ""

    def wait(self, seconds: float = 60) -> None:
        """Return once the extension answers."""
        deadline = time.monotonic() + seconds
        info = self._runtime / f"jpserver-{self._process.pid}.json"
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise DemoError(f"The server ended at once. Its log ends with:\n{self.log_tail()}")
            try:
                said = json.loads(info.read_text())
                self.url, self._token = said["url"], said["token"]
                self.get("status")
            except (OSError, ValueError, httpx.HTTPError):
                time.sleep(0.05)
            else:
                return
        raise DemoError(f"The server does not answer. Its log ends with:\n{self.log_tail()}")

    def get(self, path: str) -> Any:
        """Return what the extension's API answers."""
        return self._call("GET", path)

    def cancel_jobs(self) -> None:
        """Cancel what the notebook has left running."""
        for job in self.get("jobs?state=live")["jobs"]:
            self._call("POST", f"jobs/{job['id']}/cancel")

    def log_tail(self) -> str:
        """Return the last lines of the server's log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        """Stop the server and see that none of its processes is left."""
        try:
            family = psutil.Process(self._process.pid).children(recursive=True)
            self.cancel_jobs()
        except (psutil.NoSuchProcess, httpx.HTTPError, ValueError):
            family = []
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _, left = psutil.wait_procs(family, timeout=10)
        for process in left:
            process.kill()

    def _call(self, method: str, path: str) -> Any:
        answer = httpx.request(
            method,
            f"{self.url}jupyter-sw/api/{path}",
            headers={"Authorization": f"token {self._token}"},
            timeout=30,
            trust_env=False,  # no proxy may come between
        )
        answer.raise_for_status()
        return answer.json()


@contextmanager
def private_world() -> Iterator[Path]:
    """Give a temporary folder that all of Jupyter's own folders lie in, for us and our children."""
    with tempfile.TemporaryDirectory(prefix="jupyter-sw-demo-") as folder:
        home = Path(folder)
        for name in [name for name in os.environ if name.startswith(("JUPYTER", "JPY_"))]:
            if name != "JUPYTER_SW_MODEL_STORE":
                del os.environ[name]
        for name in ("CONFIG", "DATA", "RUNTIME"):
            (home / name.lower()).mkdir(mode=0o700)
            os.environ[f"JUPYTER_{name}_DIR"] = str(home / name.lower())
        os.environ["IPYTHONDIR"] = str(home / "ipython")
        os.environ.setdefault("JUPYTER_SW_MODEL_STORE", str(ROOT / ".cache" / "models"))
        yield home


def setup_seconds() -> float | None:
    """Return how long the set-up took that came just before; None when there was nothing to do."""
    try:
        if time.time() - SETUP_SECONDS.stat().st_mtime < JUST_NOW:
            return float(SETUP_SECONDS.read_text())
    except (OSError, ValueError):
        pass
    return None


def run(home: Path, terminal: Terminal, phases: dict[str, float | None]) -> None:
    """Execute the notebook and keep it, whatever comes of it."""
    began = time.monotonic()
    server = Server(home)
    try:
        server.wait()
        phases["server start"] = time.monotonic() - began
        terminal.line(f"A Jupyter Server with jupyter_sw listens at {server.url}")
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        client = LiveNotebook(
            notebook,
            terminal,
            timeout=CELL_SECONDS,
            resources={"metadata": {"path": str(OUTPUT.parent)}},
        )
        try:
            client.execute()
        finally:
            terminal.finish()
            nbformat.write(notebook, OUTPUT)
        for job in server.get("jobs")["jobs"][-1:]:
            phases["fetch the model"] = job["phases"]["fetching"]
            phases["load the model"] = job["phases"]["loading"]
        for answer in client.answers[:1]:
            phases["first token"], phases["whole first answer"] = answer.first, answer.whole
    finally:
        server.stop()


def main() -> int:
    """Run the demo; the exit code is 0 when every cell succeeded."""
    terminal = Terminal()
    began = time.monotonic()
    setup = setup_seconds()
    phases: dict[str, float | None] = {"set-up": setup}
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    shown = NOTEBOOK.relative_to(ROOT)
    terminal.line(f"Running {shown} on a real model; nothing of it is recorded beforehand.")
    try:
        with private_world() as home:
            run(home, terminal, phases)
    except CellExecutionError:
        terminal.line("\nThe demo failed: the cell above did not succeed.")
        return 1
    except (DemoError, DeadKernelError, TimeoutError) as error:
        terminal.line(f"\nThe demo failed: {error}")
        return 1
    except KeyboardInterrupt:
        terminal.line("\nStopped; nothing is left running.")
        return 130
    phases["in all"] = time.monotonic() - began + (setup or 0)
    terminal.line("\nSeconds:")
    for name, seconds in phases.items():
        terminal.line(f"  {name:20}{'nothing to do' if seconds is None else f'{seconds:8.2f}'}")
    terminal.line(f"\nThe executed notebook: {OUTPUT.relative_to(ROOT)}")
    terminal.line(
        "`make lab` opens the quickstart live in JupyterLab, with the executed one beside it."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
