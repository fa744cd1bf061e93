"""Progress of transformers' loading, which it shows with tqdm."""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jupyter_sw.schemas.quantities import format_bytes
from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.base import Report


class _Reporting:
    """A tqdm bar that draws nothing and reports how far it is."""

    def __init__(
        self,
        bar: Any,
        tell: Callable[[float, str], None],
        sizes: Mapping[str, int],
        items: Any,
        total: int | None,
    ) -> None:
        self._bar = bar
        self._report = tell
        names = [_name(item) for item in items] if hasattr(items, "__len__") else []
        self._total = total or len(names)
        self._done = self._bytes = 0
        # Of a model that merges or renames its tensors on the way the sizes are not known by name.
        self._sizes = sizes if names and all(name in sizes for name in names) else {}
        self._all_bytes = sum(self._sizes[name] for name in names) if self._sizes else 0

    def __iter__(self) -> Iterator[Any]:
        for item in self._bar:
            yield item
            self._bytes += self._sizes.get(_name(item), 0)
            self._tell(1)

    def __enter__(self) -> _Reporting:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._bar, name)

    def update(self, count: int = 1) -> None:
        """Note that `count` more tensors are done."""
        self._tell(count)

    def _tell(self, count: int) -> None:
        self._done += count
        if self._all_bytes:
            words = f"{format_bytes(self._bytes)} of {format_bytes(self._all_bytes)}"
            self._report(self._bytes / self._all_bytes, words)
        elif self._total:
            words = f"{self._done} of {self._total} tensors"
            self._report(min(1.0, self._done / self._total), words)


def tensor_sizes(shards: Iterable[Path]) -> dict[str, int]:
    """Return the bytes of every tensor in safetensors files, by name, from their headers."""
    sizes = {}
    for shard in shards:
        with shard.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        for name, tensor in header.items():
            if name != "__metadata__":
                begin, end = tensor["data_offsets"]
                sizes[name] = end - begin
    return sizes


def _name(item: Any) -> str:
    return item[0] if isinstance(item, tuple) and isinstance(item[0], str) else ""


@contextlib.contextmanager
def weights_progress(
    report: Report, stage: Stage, sizes: Mapping[str, int] = MappingProxyType({})
) -> Iterator[None]:
    """Report what is loaded while the block runs, instead of drawing bars.

    In bytes where the size of every tensor that is loaded is in `sizes`, else in tensors.
    """
    from transformers.utils import logging as hf_logging

    def reporting(factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        bar = factory(*args, **{**kwargs, "disable": True})
        items: Any = args[0] if args else kwargs.get("iterable")

        def tell(fraction: float, words: str) -> None:
            report(stage, fraction, words)

        return _Reporting(bar, tell, sizes, items, kwargs.get("total"))

    previous = hf_logging.set_tqdm_hook(reporting)
    try:
        yield
    finally:
        hf_logging.set_tqdm_hook(previous)
