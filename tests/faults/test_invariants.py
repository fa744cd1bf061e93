"""The invariants hold whatever the interleaving: a state machine, and a soak of random moves."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.standin.world import RESOURCES, World

SOAK = float(os.environ.get("SW_SOAK_SECONDS", "60"))
MOVES_A_MINUTE = 200


class Jobs(RuleBasedStateMachine):
    """Real server, real worker processes, simulated devices; hypothesis chooses the moves."""

    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="sw-"))
        self.world = World(self.home)

    @rule(target=jobs, resource=st.sampled_from(RESOURCES), release=st.sampled_from([0.0, 1.0]))
    def submit(self, resource: str, release: float) -> str:
        return self.world.submit(resource, release)

    @rule(job=jobs)
    def cancel(self, job: str) -> None:
        self.world.cancel(job)

    @rule(job=jobs)
    def pause(self, job: str) -> None:
        self.world.pause(job)

    @rule(job=jobs)
    def resume(self, job: str) -> None:
        self.world.resume(job)

    @rule(job=jobs, seconds=st.sampled_from([0.5, 60.0]))
    def extend(self, job: str, seconds: float) -> None:
        self.world.extend(job, seconds)

    @rule(job=consumes(jobs))
    def crash_worker(self, job: str) -> None:
        self.world.crash_worker(job)

    @rule()
    def crash_server(self) -> None:
        self.world.crash_server()

    @rule(seconds=st.sampled_from([0.3, 1.5]))
    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    @invariant()
    def holds(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        try:
            self.world.settle()
        finally:
            self.world.close()
            shutil.rmtree(self.home, ignore_errors=True)


TestJobs = pytest.mark.slow(pytest.mark.timeout(900)(Jobs.TestCase))
TestJobs.settings = settings(
    max_examples=3,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


@pytest.mark.slow
@pytest.mark.timeout(SOAK * 3 + 120)
def test_random_moves_break_nothing(tmp_path: Path) -> None:
    """Two hundred moves a minute; ``SW_SOAK_SECONDS=300`` is the whole five minutes."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    world = World(tmp_path)
    moves = 0
    began = time.monotonic()
    try:
        while time.monotonic() - began < SOAK:
            world.any_move(chance)
            moves += 1
            world.check()
            due = began + moves * 60 / MOVES_A_MINUTE
            time.sleep(max(0.0, due - time.monotonic()))
        world.settle()
    finally:
        world.close()
    print(f"{moves} moves in {time.monotonic() - began:.0f} s")
