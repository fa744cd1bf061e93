"""The fetch child: ``python -m jupyter_sw.models.fetch --store DIR``.

Reads one `FetchPlan` as JSON from standard input, writes `FetchEvent` lines to standard output,
the last of them with `files` or `error`. A process of its own, because downloads block, bring
libraries that the server needn't import, and can be cancelled by a signal at any time. Hub tokens
come to it as huggingface_hub finds them, never by argv or this protocol.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import TextIO

from jupyter_sw.errors import FetchError, SwError
from jupyter_sw.models.plans import FetchPlan
from jupyter_sw.models.sources import Report, source
from jupyter_sw.models.store import Store
from jupyter_sw.schemas.models import FetchEvent, ModelFiles


class Cancelled(BaseException):
    """The parent wants no more of it."""


def run(plan: FetchPlan, store: Store, report: Report) -> ModelFiles:
    """Fetch what the plan names, or its fallback when that cannot be had.

    Raises
    ------
    SwError
        When neither can be had; the first one's error, for that is what was asked for.
    """
    try:
        return source(plan.source)(plan, store, report)
    except FetchError as error:
        if plan.fallback is None:
            raise
        report(0, plan.fallback.bytes, f"{error.message} Using {plan.fallback.package}.")
        return run(plan.fallback, store, report)


def main() -> None:
    """Do what the module says; the exit code is 0 when the last line has files, else 1."""
    parser = argparse.ArgumentParser(prog="python -m jupyter_sw.models.fetch")
    parser.add_argument("--store", type=Path, required=True)
    store = Store(parser.parse_args().store)
    output = _own_stdout()
    signal.signal(signal.SIGTERM, _cancel)
    threading.Thread(target=_follow_parent, args=(os.getppid(),), daemon=True).start()

    def send(event: FetchEvent) -> None:
        output.write(event.model_dump_json(exclude_defaults=True) + "\n")
        output.flush()

    def report(done: int, total: int | None, detail: str = "") -> None:
        send(FetchEvent(done=done, total=total, detail=detail))

    code = 1
    try:
        plan = FetchPlan.model_validate_json(sys.stdin.buffer.read())
        send(FetchEvent(files=run(plan, store, report)))
        code = 0
    except SwError as error:
        send(FetchEvent(error=error.to_wire()))
    except OSError as error:
        send(FetchEvent(error=FetchError(f"{error.strerror or error}: {error.filename}").to_wire()))
    except Cancelled:
        code = 128 + signal.SIGTERM
    # Download threads may still run; waiting for them is what cancelling is not.
    os._exit(code)


def _own_stdout() -> TextIO:
    """Keep standard output for events only; what libraries print goes to standard error."""
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return output


def _cancel(_number: int, _frame: FrameType | None) -> None:
    raise Cancelled


def _follow_parent(parent: int) -> None:
    """End with the server: nobody could cancel a download that it has left behind."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
