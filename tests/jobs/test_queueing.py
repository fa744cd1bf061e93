"""The order of the queue, what is deducted, and how it is said."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import CannotFit
from jupyter_sw.jobs import queueing
from jupyter_sw.jobs.queueing import PASSES, Ask, Decision, Holding, Waiting, account
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices
from jupyter_sw.schemas.jobs import Engine, Grant, JobState

GIB = 2**30


def gpus(*sizes: float, free: float | None = None, simulated: bool = False) -> Devices:
    """Return GPUs of so many GiB."""
    return Devices(
        devices=[
            Device(
                id=f"cuda:{number}",
                kind=DeviceKind.CUDA,
                name="A100",
                label=f"A100 {size:.0f}G",
                total=int(size * GIB),
                free=int((size if free is None else free) * GIB),
                simulated=simulated,
                index=number,
            )
            for number, size in enumerate(sizes)
        ]
    )


def ask(name: str, gib: float, resource: str = "gpu") -> Ask:
    return Ask(name, name, int(gib * GIB), parse_resource(resource))


def holding(name: str, gib: float, **fields: object) -> Holding:
    grant = [Grant(device="cuda:0", bytes=int(gib * GIB))]
    return Holding(name, name, grant, **fields)  # type: ignore[arg-type]


def decide(job: str, queue: list[Waiting], devices: Devices) -> Decision:
    """Decide about one job, as a server does that has no other."""
    return queueing.decide({job}, queue, devices)[job]


def test_a_job_that_fits_passes_one_that_does_not() -> None:
    devices = gpus(24)
    account(devices, [holding("a", 13.2, state=JobState.RUNNING)], 0)
    queue = [Waiting(ask("large", 20)), Waiting(ask("small", 5))]
    assert not decide("large", queue, devices).grant
    decision = decide("small", queue, devices)
    assert decision.grant
    assert decision.passes == ["large"]


def test_nobody_is_passed_for_ever() -> None:
    devices = gpus(24)
    account(devices, [holding("a", 13.2, state=JobState.RUNNING)], 0)
    queue = [Waiting(ask("large", 20), passed=PASSES), Waiting(ask("small", 5))]
    decision = decide("small", queue, devices)
    assert not decision.grant
    assert decision.position == 2
    assert "It is kept for large" in decision.reason
    assert "2nd in the queue, behind large." in decision.reason


def test_who_comes_first_goes_first_where_both_fit() -> None:
    devices = gpus(24)
    queue = [Waiting(ask("first", 20)), Waiting(ask("second", 5))]
    assert not decide("second", queue, devices).grant, "4 GiB are left when the first has its 20"
    assert decide("first", queue, devices).grant


def test_the_reason_says_what_is_needed_had_held_and_until_when() -> None:
    devices = gpus(24, free=24 - 13.2 - 1.7)
    account(
        devices,
        [
            holding(
                "llama2-7b",
                13.2,
                state=JobState.RUNNING,
                release_at=12 * 60.0,
                memory=int(13.2 * GIB),
            )
        ],
        0,
    )
    decision = decide("b", [Waiting(ask("b", 14.6))], devices)
    assert decision.reason == (
        "Needs 14.6 GiB on one device; cuda:0 has 9.1 GiB free: llama2-7b holds 13.2 GiB and is "
        "released in 12 min, other programs hold 1.7 GiB."
    )


def test_programs_that_are_not_ours_are_deducted_while_a_worker_loads() -> None:
    devices = gpus(24, free=14)  # 10 are used, and none of it by the worker that has just begun
    account(devices, [holding("a", 10, state=JobState.LOADING)], 0)
    assert devices.devices[0].free == 4 * GIB


def test_what_has_loaded_is_not_counted_twice() -> None:
    devices = gpus(80, free=40)  # 30 are ours, its driver's context included, and 10 somebody's
    running = holding(
        "a", 32, state=JobState.RUNNING, memory=int(29.5 * GIB), engine=Engine.TRANSFORMERS
    )
    account(devices, [running], 0)
    assert devices.devices[0].free == 38 * GIB, "what it may still take is deducted, too"
    assert [(h.name, h.bytes) for h in devices.devices[0].holders] == [
        ("a", 32 * GIB),
        ("others", 10 * GIB),
    ]


def test_what_llama_cpp_holds_on_a_gpu_is_reckoned_as_its_grant() -> None:
    devices = gpus(80, free=50)
    running = holding("a", 30, state=JobState.RUNNING, memory=GIB // 4, engine=Engine.LLAMACPP)
    account(devices, [running], 0)
    assert devices.devices[0].free == 50 * GIB
    assert [h.name for h in devices.devices[0].holders] == ["a"]


def test_a_device_that_the_waiting_job_could_never_use_is_not_kept_for_it() -> None:
    devices = gpus(80, 24)
    account(devices, [holding("a", 50, state=JobState.RUNNING)], 0)
    queue = [Waiting(ask("large", 60), passed=PASSES), Waiting(ask("small", 5))]
    decision = decide("small", queue, devices)
    assert [part.device for part in decision.grant] == ["cuda:1"]
    assert decision.passes == [], "it took nothing that the large one waits for"
    assert "cuda:1" not in decide("large", queue, devices).reason


def test_the_reason_of_a_release_time_that_is_none_or_was_put_off() -> None:
    def reason(release_at: float | None) -> str:
        devices = gpus(24)
        account(devices, [holding("a", 20, state=JobState.RUNNING, release_at=release_at)], 1000)
        return decide("b", [Waiting(ask("b", 10))], devices).reason

    assert "a holds 20.0 GiB and has no release time" in reason(None)
    assert "a holds 20.0 GiB and is released when it is idle" in reason(900)
    assert "a holds 20.0 GiB and is released in less than a minute" in reason(1030)


def test_several_devices_are_granted_together_or_not_at_all() -> None:
    devices = gpus(24, 24)
    account(devices, [holding("a", 10, state=JobState.RUNNING)], 0)
    decision = decide("two", [Waiting(ask("two", 40, "gpu:2"))], devices)
    assert not decision.grant
    assert decision.reason.startswith(
        "Needs 20.0 GiB on each of 2 devices; cuda:1 has 24.0 GiB free; cuda:0 has 14.0 GiB free"
    )
    assert len(decide("two", [Waiting(ask("two", 28, "gpu:2"))], devices).grant) == 2


jobs = st.lists(
    st.tuples(st.floats(0.1, 40), st.sampled_from(["gpu", "gpu:2", "auto", "A100 40G*1"])),
    min_size=1,
    max_size=25,
)


@given(jobs=jobs, order=st.randoms(use_true_random=False))
def test_grants_never_exceed_a_device_and_everybody_is_served(jobs: list, order: object) -> None:
    """Jobs end in any order; each is served after a bounded number of passes."""
    waiting = [Waiting(ask(str(number), *job)) for number, job in enumerate(jobs)]
    held: dict[str, Holding] = {}
    passes: dict[str, int] = {}
    while waiting or held:
        served = None
        for one in waiting:
            devices = gpus(40, 40, simulated=True)
            account(devices, list(held.values()), 0)
            decision = decide(one.ask.job, waiting, devices)
            if decision.grant:
                served = one, decision
                break
        if served is None:
            assert held, "an empty machine serves somebody"
            held.pop(order.choice(sorted(held)))  # type: ignore[attr-defined]
            continue
        one, decision = served
        held[one.ask.job] = Holding(one.ask.job, one.ask.name, decision.grant, JobState.RUNNING)
        waiting = [
            Waiting(other.ask, other.passed + (other.ask.job in decision.passes))
            for other in waiting
            if other is not one
        ]
        for job in decision.passes:
            passes[job] = passes.get(job, 0) + 1
        for device in ("cuda:0", "cuda:1"):
            parts = [p.bytes for h in held.values() for p in h.grant if p.device == device]
            assert sum(parts) <= 40 * GIB
    assert all(count <= PASSES for count in passes.values())


def test_one_look_decides_for_all_jobs_of_a_server() -> None:
    devices = gpus(24)
    account(devices, [holding("a", 13.2, state=JobState.RUNNING)], 0)
    queue = [
        Waiting(ask("large", 20), passed=PASSES - 1),
        Waiting(ask("small", 3)),
        Waiting(ask("next", 3)),
    ]
    found = queueing.decide({"large", "small", "next"}, queue, devices)
    assert found["small"].passes == ["large"]
    assert not found["next"].grant, "the large one has been passed often enough within this look"
    assert "It is kept for large" in found["next"].reason
    assert found["large"].position == 1


def with_cpu(devices: Devices, gib: float) -> Devices:
    """Add the CPU, with so many GiB free of 64."""
    cpu = Device(
        id="cpu",
        kind=DeviceKind.CPU,
        name="CPU",
        label="CPU",
        total=64 * GIB,
        free=int(gib * GIB),
    )
    return Devices(devices=[*devices.devices, cpu])


def offloading(gib: float, aside: float, resource: str = "auto") -> Ask:
    return replace(ask("large", gib, resource), aside=int(aside * GIB))


def test_a_job_that_leaves_weights_on_the_cpu_gets_its_room_there_too() -> None:
    devices = with_cpu(gpus(24), 32)
    grant = decide("large", [Waiting(offloading(20, 8))], devices).grant
    assert [(part.device, part.bytes) for part in grant] == [("cuda:0", 20 * GIB), ("cpu", 8 * GIB)]
    # Both are gone for others, whether its worker has taken them yet or not.
    taken = Holding("large", "large", grant, state=JobState.LOADING)
    account(devices, [taken], 0)
    assert [device.free for device in devices.devices] == [4 * GIB, 24 * GIB]
    running = Holding("large", "large", grant, state=JobState.RUNNING, engine=Engine.TRANSFORMERS)
    assert running.loaded(grant[1]) == 8 * GIB


def test_what_it_lacks_on_the_cpu_is_said() -> None:
    devices = with_cpu(gpus(24), 4)
    decision = decide("large", [Waiting(offloading(20, 8))], devices)
    assert not decision.grant
    assert "Keeps 8.0 GiB in the CPU's memory; cpu has 4.0 GiB free" in decision.reason
    with pytest.raises(CannotFit, match=r"which has 64\.0 GiB in all"):
        queueing.check_possible(offloading(20, 80), devices)


def test_without_a_gpu_there_is_nothing_to_keep_outside() -> None:
    with pytest.raises(CannotFit, match="cpu is none"):
        queueing.check_possible(offloading(20, 8, "cpu"), with_cpu(gpus(24), 32))
