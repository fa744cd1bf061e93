from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import pytest

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import CannotFit
from jupyter_sw.jobs.admission import Admission
from jupyter_sw.jobs.database import Database
from jupyter_sw.jobs.ledger import Ledger
from jupyter_sw.jobs.queueing import Ask

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
