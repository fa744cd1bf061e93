"""A server with stand-in workers, moves to make in it, and what must be true after each."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.standin.model import tiny_gguf
from tests.support import Server, wait_until

HOLDING = {"loading", "running", "cancelling"}
DEVICES = "--SwApp.simulated_devices=Tiny 0.35G*2"
RESOURCES = ("gpu:1", "gpu:1", "gpu:1", "gpu:2")


class World:
    """The moves a person, an accident or a fault can make; each checks its own answer."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server = self._serve()
        self.model = tiny_gguf(home)
        self.acknowledged: dict[str, int] = {}

    def _serve(self) -> Server:
        options = (
            *(DEVICES, "--SwApp.lease_seconds=10", "--SwApp.keep_ended=200"),
            "--SwApp.standby_workers=1",
        )
        return Server(self.home, *options, module="tests.standin.server")

    # Moves -------------------------------------------------------------------------------

    def submit(self, resource: str = "gpu:1", release_after: float = 0.0) -> str:
        body = {"model": self.model, "resource": resource, "release_after": release_after}
        job = self._expect(self.server.api.post("jobs", json=body), 201)
        return str(job["id"])

    def cancel(self, key: str) -> None:
        self._expect(self.server.api.post(f"jobs/{key}/cancel"), 200, 409)

    def pause(self, key: str) -> None:
        self._expect(self.server.api.post(f"jobs/{key}/pause"), 200, 409)

    def resume(self, key: str) -> None:
        self._expect(self.server.api.post(f"jobs/{key}/resume"), 200, 409)

    def extend(self, key: str, seconds: float) -> None:
        answer = self.server.api.patch(f"jobs/{key}", json={"release_after": seconds})
        self._expect(answer, 200, 409)

    def crash_worker(self, key: str) -> None:
        pid = self.server.job(key)["pid"]
        if pid and psutil.pid_exists(pid):
            psutil.Process(pid).kill()

    def crash_server(self) -> None:
        self.server.kill()
        self.server = self._serve()

    def any_move(self, chance: random.Random) -> str:
        """Make a random move and return its name."""
        live = [job["id"] for job in self.jobs() if job["state"] not in ENDED]
        if not live or (len(live) < 10 and chance.random() < 0.35):
            self.submit(chance.choice(RESOURCES), chance.choice((0.0, 0.0, 0.5, 3.0)))
            return "submit"
        key = chance.choice(live)
        moves = {
            "cancel": lambda: self.cancel(key),
            "pause": lambda: self.pause(key),
            "resume": lambda: self.resume(key),
            "extend": lambda: self.extend(key, chance.choice((0.5, 5.0, 60.0))),
            "crash": lambda: self.crash_worker(key),
        }
        name = chance.choice(list(moves))
        moves[name]()
        return name

    # What must be true ----------------------------------------------------------------------

    def jobs(self) -> list[dict[str, Any]]:
        return list(self.server.ask("GET", "jobs")["jobs"])

    def check(self) -> None:
        """Check the invariants of the design; what takes time gets a few seconds."""
        devices = {device["id"]: device for device in self.server.ask("GET", "devices")["devices"]}
        jobs = self.jobs()
        granted = dict.fromkeys(devices, 0)
        for job in jobs:
            if job["state"] in HOLDING:
                for part in job["grant"]:
                    granted[part["device"]] += part["bytes"]
            else:
                assert job["grant"] == [], f"{job['state']} holds a grant"
                assert job["pid"] is None, f"{job['state']} has a worker"
            if job["state"] in ENDED:
                assert job["reason"], f"{job['state']} without a reason"
        for key, total in granted.items():
            assert total <= devices[key]["total"], f"more granted than {key} has"
        known = {job["id"]: job["seq"] for job in jobs}
        for key, seq in self.acknowledged.items():
            assert known.get(key, seq) >= seq, "something acknowledged is lost"
        wait_until(self._no_stray, 15, "every worker belongs to a job that may have one")

    def settle(self) -> None:
        """End everything and check that nothing is left."""
        for job in self.jobs():
            if job["state"] not in ENDED:
                self.cancel(job["id"])
        wait_until(
            lambda: all(job["state"] in ENDED for job in self.jobs()), 30, "all jobs have ended"
        )
        self.check()
        wait_until(lambda: not self.workers() - self.standby(), 10, "no worker is left")
        wait_until(
            lambda: (
                not any(
                    holder["job"]
                    for device in self.server.ask("GET", "devices")["devices"]
                    for holder in device["holders"]
                )
            ),
            10,
            "no grant is left",
        )

    def workers(self) -> set[int]:
        """Return the pids of this world's workers."""
        found = set()
        for process in psutil.process_iter(["cmdline", "status"]):
            command = process.info["cmdline"] or []
            if "tests.standin.worker" in command and process.info["status"] != "zombie":
                try:
                    if process.environ().get("JUPYTER_RUNTIME_DIR") == str(self.home / "run"):
                        found.add(process.pid)
                except psutil.Error:
                    continue
        return found

    def standby(self) -> set[int]:
        """Return the pids of workers that the server says wait for a job."""
        return {one["pid"] for one in self.server.ask("GET", "status")["standby"]}

    def close(self) -> None:
        self.server.stop()
        assert not self.workers(), "a server that stops leaves no worker"

    def _no_stray(self) -> bool:
        workers = self.workers()  # before the jobs: one that starts meanwhile is not a stray
        workers -= self.standby()
        return workers <= {job["pid"] for job in self.jobs() if job["state"] in HOLDING}

    def _expect(self, answer: httpx.Response, *statuses: int) -> Any:
        assert answer.status_code in statuses, f"{answer.status_code}: {answer.text}"
        body = answer.json()
        if answer.is_success and "seq" in body:
            self.acknowledged[body["id"]] = body["seq"]
        return body


ENDED = {"succeeded", "cancelled", "released", "failed"}
