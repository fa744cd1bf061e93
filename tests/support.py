"""What several rooms' tests need: a real server process in a world of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

REPO = Path(__file__).parents[1]
STORE = Path(os.environ.get("JUPYTER_SW_MODEL_STORE", REPO / ".cache" / "models"))
MODEL = "smollm2-135m-chat"
T = TypeVar("T")


def wait_until(probe: Callable[[], T | None], timeout: float, what: str) -> T:
    """Return the first truthy answer of `probe`; fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        answer = probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {timeout} s: {what}")
        time.sleep(0.02)


def isolated_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the user's Jupyter is read or written."""
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "IPYTHON"))
    }
    return {
        **env,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "run"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_SW_MODEL_STORE": str(STORE),
    }


def process_gone(pid: int) -> bool:
    """Tell whether a process has ended (a zombie has)."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Server:
    """A private server process; `module` is what Python runs."""

    def __init__(self, home: Path, *options: str, module: str = "jupyter_sw.server") -> None:
        home.mkdir(parents=True, exist_ok=True)
        if not any("standby_workers" in option for option in options):
            # An import in the background of every server would slow down what others measure.
            options = (*options, "--SwApp.standby_workers=0")
        self.home = home
        self.runtime_file = home / "run" / "jupyter_sw-private.json"
        self.runtime_file.unlink(missing_ok=True)
        self.log = home / "server.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *options],
                env={**isolated_environment(home), "PYTHONFAULTHANDLER": "1"},
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd=REPO,
                start_new_session=True,
            )
        found = wait_until(self._runtime, 30, "the private server's runtime file")
        self.url, self.token = found["url"], found["token"]
        self.api = httpx.Client(
            base_url=f"{self.url}jupyter-sw/api/",
            headers={"Authorization": f"token {self.token}"},
            timeout=60,
        )

    def _runtime(self) -> dict[str, Any] | None:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return dict(json.loads(self.runtime_file.read_text()))
        except (OSError, ValueError):
            return None

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """Call the API and return the JSON of a success."""
        answer = self.api.request(method, path, json=body or None)
        told = f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.is_success, told + (self.last_words() if answer.is_server_error else "")
        return answer.json() if answer.content else None

    def job(self, key: str) -> dict[str, Any]:
        """Return a job."""
        return dict(self.ask("GET", f"jobs/{key}"))

    def wait_for(self, key: str, *states: str, timeout: float = 60) -> dict[str, Any]:
        """Return a job once it is in one of `states`."""

        def probe() -> dict[str, Any] | None:
            job = self.job(key)
            ended = job["state"] in ("failed", "cancelled", "released", "succeeded")
            assert job["state"] in states or not ended, f"{job['state']}: {job['reason']}"
            return job if job["state"] in states else None

        return wait_until(probe, timeout, f"job {key} is {' or '.join(states)}")

    def run(self, **request: Any) -> dict[str, Any]:
        """Run the real model and return its job once it runs."""
        job = self.ask("POST", "jobs", **{"model": MODEL, **request})
        return self.wait_for(job["id"], "running")

    def kill(self) -> None:
        """Kill it as an out-of-memory killer would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it as a person would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGABRT)  # what its threads do is in its log then
                self.process.wait()
                raise AssertionError(f"It did not stop in 20 s.{self.last_words()}") from None

    def last_words(self) -> str:
        """Return the end of its log, for who has to find out what went wrong."""
        return f"\n{self.log}:\n{self.log.read_text(errors='replace')[-8000:]}"


@contextmanager
def private_server(
    home: Path, *options: str, module: str = "jupyter_sw.server"
) -> Iterator[Server]:
    """Start a private server and stop it afterwards."""
    server = Server(home, *options, module=module)
    try:
        yield server
    finally:
        server.stop()


def events(response: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Yield (name, data) of a stream of server-sent events."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])
