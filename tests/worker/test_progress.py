"""What a load tells of itself."""

from __future__ import annotations

from pathlib import Path

from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.hf.progress import tensor_sizes
from jupyter_sw.worker.readahead import ReadAhead
from tests.worker.helpers import Told, loaded


def test_transformers_tells_true_bytes(tiny_llama2: ModelFiles) -> None:
    with loaded(tiny_llama2) as (_, told):
        pass
    sizes = tensor_sizes(Path(tiny_llama2.path).glob("*.safetensors"))
    total = format_bytes(sum(sizes.values()))
    bytes_told = [(f, d) for s, f, d in told if s is Stage.LOADING and f is not None]
    assert len(bytes_told) == len(sizes)
    assert bytes_told[-1] == (1.0, f"{total} of {total}")
    fractions = [fraction for fraction, _ in bytes_told]
    assert fractions == sorted(fractions)


def test_files_are_read_to_their_end_in_parts(tmp_path: Path) -> None:
    sizes = {"a": 40 * 2**20 + 1, "b": 0, "c": 5}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"\0" * size)
    told: list[Told] = []
    ahead = ReadAhead(tmp_path / name for name in [*sizes, "missing"])
    ahead.wait(lambda *report: told.append(report))
    assert ahead.done == ahead.total == sum(sizes.values())
    assert told[-1] == (Stage.LOADING, 1.0, "40.0 MiB of 40.0 MiB")
