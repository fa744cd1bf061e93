"""What is measured on a GPU: its arithmetic, and all of it but the GPU and vLLM."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import gpu
from benchmarks.bandwidth import Traffic, copied
from benchmarks.llama2 import SHAPE
from jupyter_sw.models.weights import read_weights
from tests.support import REPO, private_server
from tests.worker.tiny import SIZES

LLAMA2_7B = Traffic(weights=13_476_831_232, context=2 * 32 * 32 * 128 * 2)
A100 = 1.6e12


def bench(*options: str, code: str = "") -> subprocess.CompletedProcess[str]:
    command = ["-c", code] if code else ["-m", "benchmarks.gpu"]
    return subprocess.run(
        [sys.executable, *command, *options], cwd=REPO, capture_output=True, text=True, check=False
    )


def test_bytes_that_a_step_reads() -> None:
    assert LLAMA2_7B.context == 524_288
    assert LLAMA2_7B.step(1, 0) == 13_476_831_232
    assert LLAMA2_7B.step(1, 1000) == 13_476_831_232 + 524_288_000
    assert LLAMA2_7B.step(32, 1000) == 13_476_831_232 + 32 * 524_288_000


def test_the_limit_is_the_bandwidth_over_the_bytes_of_a_step() -> None:
    assert LLAMA2_7B.limit(A100, 1, 0) == pytest.approx(118.7, abs=0.1)
    assert LLAMA2_7B.limit(A100, 8, 0) == pytest.approx(8 * 118.7, abs=1)
    # 32 conversations of 1,000 tokens read more of the cache than of the weights.
    assert LLAMA2_7B.limit(A100, 32, 1000) == pytest.approx(32 * 52.88, abs=1)


def test_a_copy_reads_and_writes_each_byte() -> None:
    assert copied(2**30, times=20, milliseconds=26.8) == pytest.approx(1.6e12, rel=0.01)


def test_without_a_gpu_it_says_so_and_leaves() -> None:
    done = bench()
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("make bench-gpu needs a CUDA device, and torch ")
    assert done.stderr.count("\n") == 1


def test_what_it_cannot_measure_is_refused(tmp_path: Path) -> None:
    long, empty = bench("--tokens", "500"), bench("--model", str(tmp_path))
    assert [long.returncode, empty.returncode] == [2, 2]
    assert "--tokens takes a number from 1 to 160." in long.stderr
    assert "no directory of safetensors, config and tokenizer" in empty.stderr


@pytest.mark.slow
def test_random_weights_are_measured_as_the_real_ones_would_be(tmp_path: Path) -> None:
    shape = {**SHAPE, **SIZES, "vocab_size": 1000}
    made = bench(
        code=f"from benchmarks.llama2 import *; write(Path({str(tmp_path)!r}), 'cpu', {shape})"
    )
    assert made.returncode == 0, made.stderr
    traffic = Traffic.of(read_weights(tmp_path), "bfloat16")
    with private_server(tmp_path / "server") as server:
        rows = gpu.measure_llama2(server, tmp_path, "tiny", 1e9, runs=1, tokens=8)
    told = {row.what: row.measured.median for row in rows}
    assert list(told)[:3] == [
        "tiny, batch 1: limit by the memory's bandwidth, tokens/s",
        "tiny, batch 1, transformers, tokens/s",
        "tiny, batch 1, transformers: share of the limit",
    ]
    assert len(told) == 9
    for batch in (1, 8, 32):
        rate = told[f"tiny, batch {batch}, transformers, tokens/s"]
        limit = told[f"tiny, batch {batch}: limit by the memory's bandwidth, tokens/s"]
        assert told[f"tiny, batch {batch}, transformers: share of the limit"] == rate / limit
        # The prompt is some 90 bytes long, a token each; 4 more are those of half a reply.
        assert traffic.limit(1e9, batch, 110) < limit < traffic.limit(1e9, batch, 80)
