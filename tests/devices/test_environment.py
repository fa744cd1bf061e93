from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from jupyter_sw.devices.environment import worker_environment
from jupyter_sw.errors import BadRequest
from jupyter_sw.schemas.devices import Device, DeviceKind


def device(kind: str, number: int, **fields: Any) -> Device:
    given = {
        "id": f"{kind}:{number}",
        "kind": DeviceKind(kind),
        "index": number,
        "total": 1,
        "free": 1,
    }
    return Device(**{**given, "name": "x", "label": "x", **fields})


CPU = device("cpu", 0)
CASES = [
    ([], {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"}),
    ([CPU], {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"}),
    (
        [device("cuda", 3, simulated=True)],
        {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"},
    ),
    ([device("mps", 0)], {"CUDA_VISIBLE_DEVICES": "", "HIP_VISIBLE_DEVICES": "-1"}),
    (
        [device("cuda", 2, uuid="GPU-c"), device("cuda", 0, uuid="GPU-a"), CPU],
        {
            "CUDA_VISIBLE_DEVICES": "GPU-c,GPU-a",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "HIP_VISIBLE_DEVICES": "-1",
        },
    ),
    (
        [device("cuda", 1)],
        {
            "CUDA_VISIBLE_DEVICES": "1",
            "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
            "HIP_VISIBLE_DEVICES": "-1",
        },
    ),
    (
        [device("rocm", 1, uuid="GPU-1f"), device("rocm", 3)],
        {
            "ROCR_VISIBLE_DEVICES": "GPU-1f,3",
            "HIP_VISIBLE_DEVICES": "0,1",
            "CUDA_VISIBLE_DEVICES": "0,1",
        },
    ),
]


@pytest.mark.parametrize(("devices", "expected"), CASES)
def test_a_worker_sees_its_devices_and_no_other(
    devices: list[Device], expected: dict[str, str]
) -> None:
    assert worker_environment(devices) == expected


def test_devices_of_two_makers_cannot_be_joined() -> None:
    with pytest.raises(BadRequest, match="cuda and rocm"):
        worker_environment([device("cuda", 0), device("rocm", 0)])


def test_slices_cannot_be_joined() -> None:
    with pytest.raises(BadRequest, match="one MIG slice"):
        worker_environment([device("cuda", 0, uuid="MIG-1"), device("cuda", 1, uuid="GPU-2")])


def test_the_room_is_quick_to_import_and_knows_no_torch() -> None:
    code = (
        "import sys, jupyter_sw.devices.monitor;"
        "sys.exit(bool({'torch', 'pynvml'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
