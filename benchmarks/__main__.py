"""Measure everything without a GPU and write ``benchmarks/RESULTS.md``."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks import table
from benchmarks.report import Run, publish
from jupyter_sw.devices.environment import worker_environment


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=4, help="rounds of each measurement")
    parser.add_argument("--tokens", type=int, default=128, help="length of the replies")
    options = parser.parse_args()
    os.environ.update(worker_environment([]))  # a GPU is hidden from ours and from the peers
    with tempfile.TemporaryDirectory() as directory:
        rows = table.measure(Path(directory), options.runs, options.tokens, "cpu")
    how = f"python -m benchmarks --runs {options.runs} --tokens {options.tokens}"
    publish(rows, Run("make bench", how, "no GPU"), Path(__file__).with_name("RESULTS.md"))


if __name__ == "__main__":
    main()
