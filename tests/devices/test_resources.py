from __future__ import annotations

import pytest

from jupyter_sw.devices.nvml import NvidiaGpus
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import BadRequest, NotFound
from jupyter_sw.schemas.devices import Device, DeviceKind, Devices
from tests.devices.fake_nvml import MIB, FakeGpu, FakeNvml, a10, a100

CPU = Device(id="cpu", kind=DeviceKind.CPU, name="Turbo", label="CPU", total=2**36, free=2**35)
RTX = FakeGpu("NVIDIA GeForce RTX 4090", 24564 * MIB, uuid="GPU-4090")
T4 = FakeGpu("Tesla T4", 15360 * MIB, uuid="GPU-t4")
SLICES = [
    FakeGpu(f"NVIDIA A100-SXM4-40GB MIG {kind}", size * MIB, uuid=f"MIG-{kind}")
    for kind, size in [("3g.20gb", 19968), ("2g.10gb", 9856)]
]


def machine(*gpus: FakeGpu, note: str = "") -> Devices:
    return Devices(devices=[CPU, *NvidiaGpus(FakeNvml(*gpus), {}).read()[0]], note=note)


BIG = machine(a100(0), a100(1), a10(), RTX, T4)  # cuda:0 to cuda:4
CUT = machine(FakeGpu("NVIDIA A100-SXM4-40GB", 40960 * MIB, mig=True, slices=[*SLICES]))

CASES = [
    ("auto", 1, ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4", "cpu"]),
    ("CPU", 1, ["cpu"]),
    ("gpu", 1, ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4"]),
    ("GPU:2", 2, ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4"]),
    ("gpu*3", 3, ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4"]),
    ("cuda:2", 1, ["cuda:2"]),
    ("CUDA:2", 1, ["cuda:2"]),
    ("A100 80G*1", 1, ["cuda:0", "cuda:1"]),
    ("a100 80gb * 2", 2, ["cuda:0", "cuda:1"]),
    ("A100 80 GiB", 1, ["cuda:0", "cuda:1"]),
    ("A100-SXM4-80GB", 1, ["cuda:0", "cuda:1"]),
    ("A100", 1, ["cuda:0", "cuda:1"]),
    ("A10*1", 1, ["cuda:2"]),
    ("A10 24G*1", 1, ["cuda:2"]),
    ("A10 22.5G", 1, ["cuda:2"]),
    ("rtx 4090*1", 1, ["cuda:3"]),
    ("RTX4090", 1, ["cuda:3"]),
    ("4090 24GB", 1, ["cuda:3"]),
    ("NVIDIA GeForce RTX 4090", 1, ["cuda:3"]),
    ("T4 16G", 1, ["cuda:4"]),
    ("T4 15G", 1, ["cuda:4"]),
    ("24G", 1, ["cuda:2", "cuda:3"]),
    ("cuda*4", 4, ["cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4"]),
]


@pytest.mark.parametrize(("text", "count", "ids"), CASES)
def test_what_a_person_writes_means_these_devices(text: str, count: int, ids: list[str]) -> None:
    wanted = parse_resource(text)
    assert wanted.count == count
    assert [device.id for device in wanted.candidates(BIG)] == ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("gpu", ["cuda:0:0", "cuda:0:1"]),
        ("A100 MIG 3g.20gb", ["cuda:0:0"]),
        ("mig*1", ["cuda:0:0", "cuda:0:1"]),
        ("cuda:0:1", ["cuda:0:1"]),
    ],
)
def test_slices_can_be_asked_for(text: str, ids: list[str]) -> None:
    assert [device.id for device in parse_resource(text).candidates(CUT)] == ids


@pytest.mark.parametrize("text", ["A100", "A100 20G", "gpu:2"])
def test_a_slice_is_no_gpu_and_slices_cannot_be_joined(text: str) -> None:
    with pytest.raises(NotFound):
        parse_resource(text).candidates(CUT)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("H100 80G*1", "This machine has no H100 80G*1."),
        ("A100 40G", "This machine has no A100 40G."),
        ("cuda:7", "This machine has no cuda:7."),
        ("A100*4", "A100*4 asks for 4 devices; this machine has 2 such."),
        ("gpu:8", "gpu:8 asks for 8 devices; this machine has 5 such."),
    ],
)
def test_what_is_not_here_is_refused_with_what_is(text: str, message: str) -> None:
    with pytest.raises(NotFound) as caught:
        parse_resource(text).candidates(BIG)
    assert caught.value.message == message
    assert caught.value.hint == (
        "It has cpu, A100 80G*2 (cuda:0, cuda:1), A10 24G*1 (cuda:2), RTX 4090 24G*1 (cuda:3), "
        "T4 16G*1 (cuda:4)."
    )


def test_without_any_gpu_the_reason_is_told() -> None:
    with pytest.raises(NotFound) as caught:
        parse_resource("gpu").candidates(machine(note="The NVIDIA driver is not loaded."))
    assert caught.value.message == "This machine has no gpu. The NVIDIA driver is not loaded."
    assert caught.value.hint == "It has cpu."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "*2",
        "gpu:0",
        "gpu:65",
        "A100*0",
        "gpu:2*2",
        "A100;rm",
        "cuda:",
        "A100 80G 40G",
        "8*G*1",
    ],
)
def test_what_cannot_be_meant_is_refused(text: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse_resource(text)
    assert "A100 80G*1" in caught.value.hint
