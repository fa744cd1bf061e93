"""The table of results, as Markdown."""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.measure import Series

LIBRARIES = ("torch", "transformers", "xllamacpp", "jupyter_server", "ipython")


@dataclass
class Row:
    """One promise and what was measured."""

    what: str
    promise: str
    measured: Series
    kept: bool


def report(rows: list[Row], runs: int, tokens: int) -> str:
    """Return the table as Markdown."""
    memory = psutil.virtual_memory().total / 2**30
    features = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in _flags()]
    machine = (
        f"{os.cpu_count()} cores ({', '.join(features) or platform.machine()}), {memory:.0f} GiB, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    )
    when = (
        f"Measured on {time.strftime('%Y-%m-%d')} by `make bench` "
        f"(`python -m benchmarks --runs {runs} --tokens {tokens}`), no GPU."
    )
    how = (
        "Each figure is a median with its smallest and largest value. Peers are measured in turn "
        "with ours in the same run, under the same client; a ratio is taken round by round. "
        "The model is SmolLM2-135M-Instruct: as Q4_1 GGUF for llamacpp, as safetensors converted "
        "from it for transformers. "
        "Every value is in [results.json](results.json)."
    )
    lines = [
        *("# Results", "", when, "", f"Machine: {machine}.", "", how, ""),
        "| measure | promise | measured | |",
        "| --- | --- | --- | --- |",
    ]
    for row in rows:
        verdict = ("kept" if row.kept else "**missed**") if row.promise else ""
        lines.append(f"| {row.what} | {row.promise} | {row.measured} | {verdict} |")
    return "\n".join(lines) + "\n"


def raw(rows: list[Row]) -> str:
    """Return every value that was measured, as JSON."""
    return json.dumps(
        [{"what": row.what, "promise": row.promise, "values": row.measured.values} for row in rows],
        indent=1,
    )


def _flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    return set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
