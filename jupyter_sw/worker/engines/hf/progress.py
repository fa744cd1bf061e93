"""Progress of transformers' loading, which it shows with tqdm."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from jupyter_sw.schemas.worker import Stage
from jupyter_sw.worker.engines.base import Report


class _Reporting:
    """A tqdm bar that draws nothing and reports how far it is."""

    def __init__(self, factory: Any, report: Report, stage: Stage, *args: Any, **kwargs: Any):
        self._bar = factory(*args, **kwargs)
        self._report = report
        self._stage = stage
        items: Any = args[0] if args else kwargs.get("iterable")
        self._total = kwargs.get("total") or (len(items) if hasattr(items, "__len__") else 0)
        self._done = 0

    def __iter__(self) -> Iterator[Any]:
        for item in self._bar:
            yield item
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
        if self._total:
            detail = f"{self._done} of {self._total} tensors"
            self._report(self._stage, min(1.0, self._done / self._total), detail)


@contextlib.contextmanager
def weights_progress(report: Report, stage: Stage) -> Iterator[None]:
    """Report the tensors that are loaded while the block runs, instead of drawing bars."""
    from transformers.utils import logging as hf_logging

    def reporting(factory: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return _Reporting(factory, report, stage, *args, **{**kwargs, "disable": True})

    previous = hf_logging.set_tqdm_hook(reporting)
    try:
        yield
    finally:
        hf_logging.set_tqdm_hook(previous)
