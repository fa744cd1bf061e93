"""``python -m jupyter_sw.worker``: reads its spec from standard input and serves.

With ``standby ENGINE READY`` it prepares for that engine first; see `standby`.
"""

from __future__ import annotations

import os
import sys

from jupyter_sw.schemas.jobs import Engine
from jupyter_sw.schemas.models import Handler
from jupyter_sw.schemas.worker import WorkerSpec
from jupyter_sw.worker import logs, standby
from jupyter_sw.worker.app import Worker


def main() -> None:
    """Run a worker to its end."""
    logs.configure()
    if sys.argv[1:2] == ["standby"]:
        spec = standby.wait_for_spec(Engine(sys.argv[2]), int(sys.argv[3]))
    else:
        spec = WorkerSpec.model_validate_json(sys.stdin.buffer.read())
    if spec is None:
        os._exit(0)  # at once, also out of an import
    if spec.engine.is_server:
        from jupyter_sw.worker.engines.server.worker import ServerWorker

        ServerWorker(spec).run()
    elif spec.handler is Handler.EMBEDDING:
        from jupyter_sw.worker.embedding import EmbeddingWorker

        EmbeddingWorker(spec).run()
    else:
        Worker(spec).run()


if __name__ == "__main__":
    main()
