"""What a load tells of itself."""

from __future__ import annotations

from pathlib import Path

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import ModelFiles
from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.hf.engine import TransformersEngine
from jupyter_sw.worker.engines.hf.progress import tensor_sizes
from jupyter_sw.worker.readahead import ReadAhead
from tests.worker.helpers import make_spec


class Heard:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.told: list[tuple[Stage, float | None, str]] = []

    def __call__(self, stage: Stage, fraction: float | None = None, detail: str = "") -> None:
        self.told.append((stage, fraction, detail))


def test_transformers_tells_true_bytes(tiny_llama2: ModelFiles) -> None:
    heard = Heard()
    engine = TransformersEngine(make_spec(tiny_llama2, Engine.TRANSFORMERS, dtype="float32"))
    engine.load(heard)
    sizes = tensor_sizes(Path(tiny_llama2.path).glob("*.safetensors"))
    total = format_bytes(sum(sizes.values()))
    bytes_told = [(f, d) for s, f, d in heard.told if s is Stage.LOADING and f is not None]
    assert len(bytes_told) == len(sizes)
    assert bytes_told[-1] == (1.0, f"{total} of {total}")
    fractions = [fraction for fraction, _ in bytes_told]
    assert fractions == sorted(fractions)


def test_files_are_read_to_their_end_in_parts(tmp_path: Path) -> None:
    sizes = {"a": 40 * 2**20 + 1, "b": 0, "c": 5}
    for name, size in sizes.items():
        (tmp_path / name).write_bytes(b"\0" * size)
    heard = Heard()
    ahead = ReadAhead(tmp_path / name for name in [*sizes, "missing"])
    ahead.wait(heard)
    assert ahead.done == ahead.total == sum(sizes.values())
    assert heard.told[-1] == (Stage.LOADING, 1.0, "40.0 MiB of 40.0 MiB")
