"""The table of results, as Markdown."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.picture import draw
from benchmarks.rows import Row, raw

LIBRARIES = ("torch", "transformers", "xllamacpp", "jupyter_server", "ipython")


@dataclass(frozen=True)
class Run:
    """How the results came about."""

    name: str
    """What a person types, such as `make bench`."""
    command: str
    place: str
    """The GPU, or that there was none."""
    columns: dict[str, str] = field(default_factory=dict)
    """Said of every row, by the column's title."""
    note: str = ""
    """A sentence for the head of the report."""


def publish(rows: list[Row], run: Run, path: Path) -> None:
    """Write the report to `path`, the values and a picture beside it; end with what was missed."""
    values, picture = _beside(path)
    text = report(rows, run, values.name, picture.name)
    path.write_text(text)
    values.write_text(raw(rows, **run.columns))
    picture.write_text(draw(rows, run.name))
    print(text)
    missed = [row.what for row in rows if not row.kept]
    if missed:
        raise SystemExit(f"Missed: {', '.join(missed)}")


def report(rows: list[Row], run: Run, values: str, picture: str) -> str:
    """Return the table as Markdown, with links to the files of values and picture."""
    memory = psutil.virtual_memory().total / 2**30
    features = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in _flags()]
    machine = (
        f"{os.cpu_count()} cores ({', '.join(features) or platform.machine()}), {memory:.0f} GiB, "
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    )
    when = (
        f"Measured on {time.strftime('%Y-%m-%d')} by `{run.name}` (`{run.command}`), {run.place}."
    )
    how = (
        "Each figure is a median with its smallest and largest value. Peers are measured in turn "
        "with ours in the same run, under the same client; a ratio is taken round by round. "
        "The model is SmolLM2-135M-Instruct: as Q4_1 GGUF for llamacpp, as safetensors converted "
        "from it for transformers. "
        f"Every value is in [{values}]({values})."
    )
    note = [run.note, ""] if run.note else []
    lines = [
        *("# Results", "", when, "", f"Machine: {machine}.", "", how, "", *note),
        *(f"![How each measure stands to its promise]({picture})", ""),
        _line("measure", "promise", "measured", "", *run.columns),
        _line(*["---"] * (4 + len(run.columns))),
    ]
    for row in rows:
        verdict = ("kept" if row.kept else "**missed**") if row.bound else ""
        promise = str(row.bound or "")
        lines.append(_line(row.what, promise, str(row.measured), verdict, *run.columns.values()))
    return "\n".join(lines) + "\n"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _beside(path: Path) -> tuple[Path, Path]:
    name = path.stem.lower()
    return path.with_name(f"{name}.json"), path.with_name(f"{name}.svg")


def _flags() -> set[str]:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return set()
    return set(next((line for line in text.splitlines() if line.startswith("flags")), "").split())
