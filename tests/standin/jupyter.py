"""``python -m tests.standin.jupyter``: a whole Jupyter Server whose workers are the stand-in's.

``SW_TEST_PROBE`` names the file to which the longest delay of its event loop is written.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from jupyter_server.serverapp import main

from jupyter_sw.runners.local import LocalRunner
from jupyter_sw.server.app import SwApp
from tests.standin.probe import watch_loop

LocalRunner.module = "tests.standin.worker"
_begin = SwApp._start_jupyter_server_extension


async def _with_probe(self: SwApp, serverapp: Any) -> None:
    await _begin(self, serverapp)
    self._probe = asyncio.ensure_future(watch_loop(Path(os.environ["SW_TEST_PROBE"])))


SwApp._start_jupyter_server_extension = _with_probe  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
