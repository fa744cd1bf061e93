"""``python -m jupyter_sw.worker``: reads its spec from standard input and serves."""

from __future__ import annotations

import sys

from jupyter_sw.schemas.worker import WorkerSpec
from jupyter_sw.worker import logs
from jupyter_sw.worker.app import Worker


def main() -> None:
    """Run a worker to its end."""
    logs.configure()
    spec = WorkerSpec.model_validate_json(sys.stdin.buffer.read())
    if spec.engine.is_server:
        from jupyter_sw.worker.engines.server.worker import ServerWorker

        ServerWorker(spec).run()
    else:
        Worker(spec).run()


if __name__ == "__main__":
    main()
