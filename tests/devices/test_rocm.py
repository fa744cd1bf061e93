from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_sw.devices.rocm import amd_gpus
from jupyter_sw.schemas.devices import DeviceKind

MIB = 1024**2


def card(root: Path, number: int, **files: object) -> None:
    folder = root / f"sys/class/drm/card{number}/device"
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a tree with a server's own display chip, two AMD cards and their connectors."""
    card(tmp_path, 0, vendor="0x1a03", device="0x2000")
    card(
        tmp_path,
        10,
        vendor="0x1002",
        device="0x744c",
        mem_info_vram_total=24560 * MIB,
        mem_info_vram_used=60 * MIB,
    )
    card(
        tmp_path,
        2,
        vendor="0x1002",
        device="0x74a1",
        mem_info_vram_total=196592 * MIB,
        mem_info_vram_used=592 * MIB,
        product_name="AMD Instinct MI300X",
        unique_id="d34db33f00000001",
        gpu_busy_percent=25,
    )
    (tmp_path / "sys/class/drm/card2-DP-1").mkdir()
    return tmp_path


def test_amd_gpus_are_read_from_sysfs(machine: Path) -> None:
    (instinct, radeon), note = amd_gpus(machine, {})
    assert note == ""
    assert (instinct.id, instinct.kind, instinct.label) == (
        "rocm:0",
        DeviceKind.ROCM,
        "MI300X 192G",
    )
    assert (instinct.total, instinct.free) == (196592 * MIB, 196000 * MIB)
    assert instinct.uuid == "GPU-d34db33f00000001"
    assert instinct.utilization == pytest.approx(0.25)
    assert (radeon.id, radeon.label, radeon.name) == ("rocm:1", "AMD GPU 24G", "AMD GPU 744c")
    assert (radeon.uuid, radeon.utilization) == (None, None)


@pytest.mark.parametrize(
    ("environ", "ids"),
    [
        ({"ROCR_VISIBLE_DEVICES": "1"}, ["rocm:1"]),
        ({"ROCR_VISIBLE_DEVICES": "GPU-d34db33f00000001"}, ["rocm:0"]),
        # HIP counts what ROCR has left; the variable of CUDA is HIP's alias.
        ({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "0"}, ["rocm:1"]),
        ({"HIP_VISIBLE_DEVICES": "1"}, ["rocm:1"]),
        ({"CUDA_VISIBLE_DEVICES": "0"}, ["rocm:0"]),
        ({"HIP_VISIBLE_DEVICES": ""}, ["rocm:0", "rocm:1"]),
        ({"HIP_VISIBLE_DEVICES": "-1"}, []),
    ],
)
def test_hidden_amd_gpus_are_not_listed(
    machine: Path, environ: dict[str, str], ids: list[str]
) -> None:
    devices, note = amd_gpus(machine, environ)
    assert [device.id for device in devices] == ids
    assert bool(note) is not bool(ids)


def test_a_machine_without_amd_gpus_has_nothing_to_explain(tmp_path: Path) -> None:
    assert amd_gpus(tmp_path, {}) == ([], "")
