from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jupyter_sw.devices.monitor import DeviceMonitor
from jupyter_sw.devices.resources import parse_resource
from jupyter_sw.errors import BadRequest
from tests.devices.fake_nvml import FakeNvml, a10, a100

GIB = 1024**3


def test_this_machine_has_a_processor_and_says_why_if_it_has_no_gpu() -> None:
    reading = DeviceMonitor().read()
    processor = reading.devices[-1]
    assert (processor.id, processor.label) == ("cpu", "CPU")
    assert 0 < processor.free <= processor.total
    assert len(reading.devices) > 1 or reading.note


def test_gpus_come_before_the_processor(tmp_path: Path) -> None:
    monitor = DeviceMonitor(nvml=FakeNvml(a100(0), a10()), root=tmp_path, environ={})
    reading = monitor.read()
    assert [device.label for device in reading.devices] == ["A100 80G", "A10 24G", "CPU"]
    assert reading.note == ""


def test_simulated_gpus_are_marked_and_count_on_after_the_real_ones(tmp_path: Path) -> None:
    monitor = DeviceMonitor(
        "A100 80G*2, A10 24G*1", nvml=FakeNvml(a10()), root=tmp_path, environ={}
    )
    devices = monitor.read().devices
    assert [(d.id, d.label, d.simulated) for d in devices] == [
        ("cuda:0", "A10 24G", False),
        ("cuda:1", "A100 80G", True),
        ("cuda:2", "A100 80G", True),
        ("cuda:3", "A10 24G", True),
        ("cpu", "CPU", False),
    ]
    assert {d.total for d in devices[1:3]} == {d.free for d in devices[1:3]} == {80 * GIB}
    pair = parse_resource("A100 80G*2").candidates(monitor.read())
    assert [device.id for device in pair] == ["cuda:1", "cuda:2"]


def test_with_simulated_gpus_a_missing_driver_is_no_news(tmp_path: Path) -> None:
    monitor = DeviceMonitor("A10 24G", nvml=FakeNvml(init_error=12), root=tmp_path, environ={})
    assert monitor.read().note == ""
    assert DeviceMonitor(nvml=FakeNvml(init_error=12), root=tmp_path, environ={}).read().note


def test_an_amd_machine_does_not_complain_of_nvidias_driver(tmp_path: Path) -> None:
    card = tmp_path / "sys/class/drm/card1/device"
    card.mkdir(parents=True)
    values = {"vendor": "0x1002", "mem_info_vram_total": 24 * GIB, "mem_info_vram_used": GIB}
    for name, value in values.items():
        (card / name).write_text(f"{value}\n")
    reading = DeviceMonitor(nvml=FakeNvml(init_error=12), root=tmp_path, environ={}).read()
    assert [device.label for device in reading.devices] == ["AMD GPU 24G", "CPU"]
    assert reading.note == ""


@pytest.mark.parametrize("text", ["A100", "80G*2", "gpu:2", "cpu", "A100 80G*2;A10"])
def test_a_simulation_that_cannot_be_understood_is_refused_at_once(text: str) -> None:
    with pytest.raises(BadRequest):
        DeviceMonitor(text)


def test_many_threads_may_read_at_once(tmp_path: Path) -> None:
    nvml = FakeNvml(a100(0), a100(1))
    monitor = DeviceMonitor(nvml=nvml, root=tmp_path, environ={})
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(len(monitor.read().devices)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counts == [3] * 16
    monitor.close()
    assert not nvml.running
