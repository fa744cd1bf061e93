from __future__ import annotations

import pytest

from jupyter_sw.devices.host import Memory
from jupyter_sw.devices.nvml import NvidiaGpus
from jupyter_sw.schemas.devices import DeviceKind
from tests.devices.fake_nvml import MIB, FakeGpu, FakeNvml, a10, a100

GIB = 1024**3


def test_a_gpu_is_read_with_all_that_the_driver_says() -> None:
    gpu = a100(0, capability=(8, 0), busy=37)
    (device,), note = NvidiaGpus(FakeNvml(gpu), {}).read()
    assert note == ""
    assert (device.id, device.kind, device.index) == ("cuda:0", DeviceKind.CUDA, 0)
    assert (device.name, device.label) == ("NVIDIA A100-SXM4-80GB", "A100 80G")
    assert (device.total, device.free) == (81920 * MIB, (81920 - 487) * MIB)
    assert (device.uuid, device.capability) == (gpu.uuid, (8, 0))
    assert device.utilization == pytest.approx(0.37)
    assert not device.simulated


def test_names_of_old_drivers_come_as_bytes() -> None:
    (device,), _ = NvidiaGpus(FakeNvml(a10(name=b"NVIDIA A10", uuid=b"GPU-1")), {}).read()
    assert (device.label, device.uuid) == ("A10 24G", "GPU-1")


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (12, "No NVIDIA driver was found (a container must be started with its GPUs)."),
        (9, "The NVIDIA driver is installed but not loaded."),
        (18, "The NVIDIA driver was updated while it was loaded: restart the machine."),
        (4, "The NVIDIA driver refuses this user: the account needs access to /dev/nvidia*."),
        (999, "The NVIDIA driver does not answer: Unknown Error."),
    ],
)
def test_a_driver_that_does_not_start_is_explained(number: int, sentence: str) -> None:
    assert NvidiaGpus(FakeNvml(a10(), init_error=number), {}).read() == ([], sentence)


def test_a_driver_that_is_loaded_later_is_found() -> None:
    nvml = FakeNvml(a10(), init_error=9)
    gpus = NvidiaGpus(nvml, {})
    assert gpus.read()[0] == []
    nvml.init_error = None
    assert [device.label for device in gpus.read()[0]] == ["A10 24G"]


def test_a_driver_that_was_reloaded_is_started_again() -> None:
    nvml = FakeNvml(a10())
    gpus = NvidiaGpus(nvml, {})
    gpus.read()
    nvml.running = False
    devices, note = gpus.read()
    assert (devices, note) == ([], "The NVIDIA driver does not answer: Uninitialized.")
    assert len(gpus.read()[0]) == 1


def test_a_broken_gpu_does_not_hide_the_others() -> None:
    lost = a100(0, fails={"memory": 15})
    devices, note = NvidiaGpus(FakeNvml(lost, a100(1)), {}).read()
    assert [device.id for device in devices] == ["cuda:1"]
    assert note == "NVIDIA GPU 0 does not answer: GPU is lost."


def test_what_a_driver_does_not_say_is_left_out() -> None:
    old = a10(fails={"utilization": 3, "capability": 13, "mig": 13})
    (device,), note = NvidiaGpus(FakeNvml(old), {}).read()
    assert (device.utilization, device.capability, note) == (None, None, "")


def test_a_gpu_that_shares_the_memory_of_the_machine() -> None:
    gb10 = FakeGpu("NVIDIA GB10", 0, fails={"memory": 3}, capability=(12, 1))
    memory = Memory(122570 * MIB, 100 * GIB)
    (device,), _ = NvidiaGpus(FakeNvml(gb10), {}, lambda: memory).read()
    assert (device.label, device.total, device.free) == ("GB10 128G", memory.total, memory.free)


def test_slices_are_listed_instead_of_the_gpu_they_are_cut_from() -> None:
    named = FakeGpu("NVIDIA A100-SXM4-80GB MIG 3g.40gb", 40192 * MIB, uuid="MIG-1", used=13 * MIB)
    nameless = FakeGpu("NVIDIA A100-SXM4-80GB", 9728 * MIB, uuid="MIG-2", fails={"utilization": 3})
    gpu = a100(0, mig=True, slices=[named, None, nameless])
    devices, note = NvidiaGpus(FakeNvml(gpu, a100(1, mig=False)), {}).read()
    assert note == ""
    assert [(d.id, d.label, d.uuid, d.capability) for d in devices] == [
        ("cuda:0:0", "A100 MIG 3g.40gb", "MIG-1", (8, 0)),
        ("cuda:0:2", "A100 MIG 2", "MIG-2", (8, 0)),
        ("cuda:1", "A100 80G", a100(1).uuid, (8, 0)),
    ]


def test_a_gpu_cut_into_no_slices_is_explained() -> None:
    devices, note = NvidiaGpus(FakeNvml(a100(0, mig=True, slices=[None] * 7)), {}).read()
    assert (devices, note) == ([], "NVIDIA GPU 0 is in MIG mode and has no slices.")


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("0,2", ["cuda:0", "cuda:2"]),
        ("2,0", ["cuda:2", "cuda:0"]),
        ("1,9,0", ["cuda:1"]),
        ("GPU-a1000001", ["cuda:1"]),
        (" 0 , 1 ", ["cuda:0", "cuda:1"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
    ],
)
def test_gpus_that_the_server_may_not_see_are_not_listed(value: str, ids: list[str]) -> None:
    nvml = FakeNvml(a100(0), a100(1), a10())
    devices, note = NvidiaGpus(nvml, {"CUDA_VISIBLE_DEVICES": value}).read()
    assert [device.id for device in devices] == ids
    hidden = f"The server's CUDA_VISIBLE_DEVICES={value!r} hides all NVIDIA GPUs."
    assert note == ("" if ids else hidden)


def test_closing_lets_go_of_the_driver_and_reading_takes_it_again() -> None:
    nvml = FakeNvml(a10())
    gpus = NvidiaGpus(nvml, {})
    gpus.close()
    gpus.read()
    gpus.close()
    assert not nvml.running
    assert len(gpus.read()[0]) == 1
