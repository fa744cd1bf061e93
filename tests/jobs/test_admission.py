from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import CannotFit
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.queueing import Ask
from jupyter_sw.schemas.devices import Devices
from tests.support import REPO

GIB = 2**30


def ask(job: str, gib: float, resource: str = "gpu") -> Ask:
    return Ask(job, f"model-{job}", int(gib * GIB), parse_resource(resource))


def on_simulated(devices: str, scenario: Any) -> Any:
    async def run() -> Any:
        with tempfile.TemporaryDirectory() as directory:
            database = Database.in_directory(Path(directory))
            await database.open()
            try:
                return await scenario(Admission(DeviceMonitor(devices), Ledger(database)))
            finally:
                await database.close()

    return asyncio.run(run())


def test_a_second_job_waits_says_why_and_starts_when_the_first_is_released() -> None:
    async def scenario(admission: Admission) -> None:
        said: list[str] = []
        await admission.acquire(ask("a", 50), lambda decision: said.append(decision.reason))
        second = asyncio.create_task(
            admission.acquire(ask("b", 40), lambda decision: said.append(decision.reason))
        )
        while not said:
            await asyncio.sleep(0.01)
        assert "Needs 40.0 GiB" in said[0]
        assert "cuda:0 (simulated) has 30.0 GiB free: model-a holds 50.0 GiB" in said[0]
        assert not second.done()
        await admission.release("a")
        grant = await asyncio.wait_for(second, 1)
        assert [part.bytes for part in grant] == [40 * GIB]

    on_simulated("A100 80G*1", scenario)


def test_grants_never_exceed_a_device_whatever_the_order() -> None:
    async def scenario(admission: Admission) -> None:
        holding: dict[str, int] = {}

        async def one(number: int) -> None:
            size = 5 + number * 7 % 30
            await admission.acquire(ask(str(number), size), lambda _reason: None)
            holding[str(number)] = size
            assert sum(holding.values()) <= 80
            await asyncio.sleep(0.001 * (number % 3))
            del holding[str(number)]
            await admission.release(str(number))

        await asyncio.gather(*(one(number) for number in range(40)))

    on_simulated("A100 80G*1", scenario)


def test_two_devices_are_granted_together_or_not_at_all() -> None:
    async def scenario(admission: Admission) -> None:
        grant = await admission.acquire(ask("a", 140, "A100 80G*2"), lambda _reason: None)
        assert sorted(part.bytes for part in grant) == [70 * GIB, 70 * GIB]
        assert len({part.device for part in grant}) == 2

    on_simulated("A100 80G*2", scenario)


def test_what_can_never_fit_is_refused_with_both_numbers() -> None:
    async def scenario(admission: Admission) -> None:
        with pytest.raises(CannotFit, match=r"needs 90\.0 GiB.*has 80\.0 GiB") as error:
            await admission.acquire(ask("a", 90), lambda _reason: None)
        assert "smaller" in error.value.hint

    on_simulated("A100 80G*1", scenario)


def test_a_cancelled_wait_leaves_the_queue() -> None:
    async def scenario(admission: Admission) -> None:
        await admission.acquire(ask("a", 60), lambda _reason: None)
        waiting = asyncio.Event()
        second = asyncio.create_task(admission.acquire(ask("b", 60), lambda _r: waiting.set()))
        await waiting.wait()
        second.cancel()
        await asyncio.wait({second})
        grant = await admission.acquire(ask("c", 20), lambda _reason: None)
        assert grant

    on_simulated("A100 80G*1", scenario)


def test_giving_up_at_the_moment_of_the_grant_holds_nothing() -> None:
    async def scenario(admission: Admission) -> None:
        for number in range(30):
            task = asyncio.create_task(admission.acquire(ask("a", 60), lambda _decision: None))
            await asyncio.sleep(number * 0.001)
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                await admission.release("a")
            (gpu, _cpu) = (await admission.devices()).devices
            assert gpu.free == gpu.total

    on_simulated("A100 80G*1", scenario)


def test_a_release_is_never_missed_by_one_who_is_about_to_wait() -> None:
    async def scenario(admission: Admission) -> None:
        for _ in range(10):
            await admission.acquire(ask("a", 60), lambda _decision: None)
            began = time.monotonic()
            # Released while the second one's refusal is told: nobody waits for the news yet.
            freed: list[asyncio.Task[None]] = []

            def free(_decision: object, freed: list[asyncio.Task[None]] = freed) -> None:
                freed.append(asyncio.ensure_future(admission.release("a")))

            await admission.acquire(ask("b", 60), free)
            assert time.monotonic() - began < 0.5
            await asyncio.gather(*freed)
            await admission.release("b")

    on_simulated("A100 80G*1", scenario)


_SERVER = """
import asyncio, random, sys
from pathlib import Path
from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.queueing import Ask
from jupyter_sw.schemas.devices import Devices

async def main(directory, name, count):
    chance = random.Random(name)
    database = Database.in_directory(Path(directory))
    await database.open()
    ledger = Ledger(database)
    admission = Admission(DeviceMonitor("A100 80G*2"), ledger)

    async def one(number):
        job, gpus = f"{name}{number}", chance.choice((1, 1, 2))
        need = chance.randint(5, 45) * gpus * 2**30
        await admission.acquire(Ask(job, job, need, parse_resource(f"gpu:{gpus}")), lambda _: None)
        sums = {}
        for holding in await ledger.holdings():
            for part in holding.grant:
                sums[part.device] = sums.get(part.device, 0) + part.bytes
        assert all(size <= 80 * 2**30 for size in sums.values()), sums
        print(job, flush=True)
        await asyncio.sleep(chance.random() * 0.02)
        await admission.release(job)

    await asyncio.gather(*(one(number) for number in range(count)))
    await database.close()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""


def start_server(directory: Path, name: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(directory), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )


def test_two_servers_never_grant_the_same_bytes_and_either_may_die(tmp_path: Path) -> None:
    killed = start_server(tmp_path, "a", 40)
    other = start_server(tmp_path, "b", 15)
    try:
        assert killed.stdout is not None
        for _ in range(10):
            assert killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        output, _ = other.communicate(timeout=60)
        assert other.returncode == 0
        assert len(output.split()) == 15
    finally:
        killed.kill()
        other.kill()
        killed.communicate()


def test_memory_is_back_when_the_driver_says_so() -> None:
    async def scenario(admission: Admission) -> None:
        grant = await admission.acquire(ask("a", 50), lambda _decision: None)
        (gpu, _cpu) = DeviceMonitor("A100 80G*1").read().devices
        used = gpu.model_copy(update={"free": 25 * GIB})
        readings = [[used], [used], [gpu]]
        admission._monitor = SimpleNamespace(  # type: ignore[assignment]
            read=lambda: Devices(devices=readings.pop(0) if readings else [gpu])
        )
        assert await admission.memory_back("a", grant, 5)
        assert not readings, "it did not take its own grant for somebody else's"

    on_simulated("A100 80G*1", scenario)
