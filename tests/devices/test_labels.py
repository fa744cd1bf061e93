from __future__ import annotations

import pytest

from jupyter_sw.devices.labels import gpu_label

MIB = 1024**2

# Name and MiB as the drivers of these cards report them.
CARDS = [
    ("NVIDIA A100-SXM4-80GB", 81920, "A100 80G"),
    ("NVIDIA A100 80GB PCIe", 81920, "A100 80G"),
    ("NVIDIA A100-PCIE-40GB", 40960, "A100 40G"),
    ("NVIDIA A100-SXM4-40GB", 40536, "A100 40G"),
    ("NVIDIA H100 80GB HBM3", 81559, "H100 80G"),
    ("NVIDIA H100 NVL", 95830, "H100 94G"),
    ("NVIDIA H200", 143771, "H200 141G"),
    ("NVIDIA B200", 183359, "B200 180G"),
    ("NVIDIA GH200 480GB", 97871, "GH200 96G"),
    ("NVIDIA A10", 23028, "A10 24G"),
    ("NVIDIA A10G", 23028, "A10G 24G"),
    ("NVIDIA L4", 23034, "L4 24G"),
    ("NVIDIA L40S", 46068, "L40S 48G"),
    ("Tesla T4", 15360, "T4 16G"),
    ("Tesla V100-SXM2-32GB", 32510, "V100 32G"),
    ("Tesla V100-SXM2-16GB", 16160, "V100 16G"),
    ("NVIDIA GeForce RTX 4090", 24564, "RTX 4090 24G"),
    ("NVIDIA GeForce RTX 4090 Laptop GPU", 16376, "RTX 4090 Laptop 16G"),
    ("NVIDIA GeForce RTX 5090", 32607, "RTX 5090 32G"),
    ("NVIDIA GeForce RTX 2080 Ti", 11264, "RTX 2080 Ti 11G"),
    ("NVIDIA RTX A6000", 49140, "RTX A6000 48G"),
    ("NVIDIA RTX 6000 Ada Generation", 49140, "RTX 6000 Ada 48G"),
    ("NVIDIA RTX PRO 6000 Blackwell Workstation Edition", 97887, "RTX PRO 6000 Blackwell 96G"),
    ("NVIDIA GB10", 122570, "GB10 128G"),
    ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", 9728, "A100 MIG 1g.10gb"),
    ("AMD Instinct MI300X", 196592, "MI300X 192G"),
    ("AMD Radeon RX 7900 XTX", 24560, "RX 7900 XTX 24G"),
    ("GPU", 24564, "GPU 24G"),
    ("Quadro K600", 981, "K600 981M"),
]


@pytest.mark.parametrize(("name", "mib", "label"), CARDS)
def test_a_gpu_is_called_what_people_call_it(name: str, mib: int, label: str) -> None:
    assert gpu_label(name, mib * MIB) == label
