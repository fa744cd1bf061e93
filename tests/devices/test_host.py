from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from jupyter_sw.devices.host import Memory, apple_gpu, cpu, usable_memory

GIB = 1024**3
MACHINE = Memory(64 * GIB, 48 * GIB)

V2 = "0::/user.slice/job.scope"
V1 = "11:cpu,cpuacct:/docker/c1\n4:memory:/docker/c1\n0::/"
V1_MOUNT = "sys/fs/cgroup/memory"
NO_LIMIT = 9223372036854771712


def tree(root: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"{content}\n")
    return root


def v2(path: str, limit: object, used: int, cache: tuple[int, int] = (0, 0)) -> dict[str, object]:
    group = f"sys/fs/cgroup/{path}".rstrip("/")
    stat = f"anon 1\nactive_file {cache[0]}\ninactive_file {cache[1]}"
    return {
        f"{group}/memory.max": limit,
        f"{group}/memory.current": used,
        f"{group}/memory.stat": stat,
    }


def v1(path: str, limit: int, used: int, cache: int = 0) -> dict[str, object]:
    group = f"{V1_MOUNT}/{path}".rstrip("/")
    return {
        f"{group}/memory.limit_in_bytes": limit,
        f"{group}/memory.usage_in_bytes": used,
        f"{group}/memory.stat": f"inactive_file 7\ntotal_inactive_file {cache}",
    }


CASES = {
    "no control groups at all": ({}, MACHINE),
    "v2 without a limit": (
        {"proc/self/cgroup": V2} | v2("user.slice/job.scope", "max", 5),
        MACHINE,
    ),
    "v2 limit": (
        {"proc/self/cgroup": V2} | v2("user.slice/job.scope", 16 * GIB, 6 * GIB),
        Memory(16 * GIB, 10 * GIB),
    ),
    "v2: the cache can be dropped": (
        {"proc/self/cgroup": V2} | v2("user.slice/job.scope", 16 * GIB, 6 * GIB, (GIB, 2 * GIB)),
        Memory(16 * GIB, 13 * GIB),
    ),
    "v2: a parent's limit holds too": (
        {"proc/self/cgroup": V2}
        | v2("user.slice/job.scope", 32 * GIB, 2 * GIB)
        | v2("user.slice", 24 * GIB, 20 * GIB),
        Memory(24 * GIB, 4 * GIB),
    ),
    "v2 in a container, which sees its own group as the root": (
        {"proc/self/cgroup": "0::/"} | v2("", 8 * GIB, GIB),
        Memory(8 * GIB, 7 * GIB),
    ),
    "v2 limit above what the machine has": (
        {"proc/self/cgroup": "0::/"} | v2("", 999 * GIB, GIB),
        MACHINE,
    ),
    "v2: more used than allowed": (
        {"proc/self/cgroup": "0::/"} | v2("", 2 * GIB, 3 * GIB),
        Memory(2 * GIB, 0),
    ),
    "v1 limit": (
        {"proc/self/cgroup": V1} | v1("docker/c1", 12 * GIB, 4 * GIB, GIB),
        Memory(12 * GIB, 9 * GIB),
    ),
    "v1 without a limit": ({"proc/self/cgroup": V1} | v1("docker/c1", NO_LIMIT, GIB), MACHINE),
    "v1 in a container, where the path of the host does not exist": (
        {"proc/self/cgroup": V1} | v1("", 4 * GIB, GIB),
        Memory(4 * GIB, 3 * GIB),
    ),
}


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES.keys())
def test_memory_is_what_the_control_groups_leave(
    tmp_path: Path, files: dict[str, object], expected: Memory
) -> None:
    assert usable_memory(MACHINE, tree(tmp_path, files)) == expected


def test_the_processor_is_a_device_with_this_machines_memory(tmp_path: Path) -> None:
    info = "processor\t: 0\nmodel name\t: Turbo 9000\nprocessor\t: 1\nmodel name\t: Turbo 9000"
    device = cpu(tree(tmp_path, {"proc/cpuinfo": info}))
    assert (device.id, device.label, device.name) == ("cpu", "CPU", "Turbo 9000")
    assert device.total == psutil.virtual_memory().total
    assert 0 < device.free <= device.total


def test_an_apple_gpu_shares_the_memory_of_the_machine() -> None:
    device = apple_gpu("Darwin", "arm64")
    assert device is not None
    assert (device.id, device.kind.value) == ("mps", "mps")
    assert device.total == psutil.virtual_memory().total


@pytest.mark.parametrize(("system", "machine"), [("Linux", "aarch64"), ("Darwin", "x86_64")])
def test_other_machines_have_no_apple_gpu(system: str, machine: str) -> None:
    assert apple_gpu(system, machine) is None
