"""xllamacpp's own HTTP server on a Unix socket, as ``llama-server`` is started."""

from __future__ import annotations

import sys
import threading
from pathlib import Path


def main() -> None:
    """Serve until killed."""
    import xllamacpp

    model, name, socket, key_file, context, slots = sys.argv[1:]
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.model_alias = {name}
    params.n_ctx = int(context) * int(slots)
    params.n_parallel = int(slots)
    params.hostnames = [socket]
    params.api_keys = [Path(key_file).read_text()]
    params.endpoint_metrics = True
    print("llama.cpp is being loaded.", flush=True)
    server = xllamacpp.Server(params)
    print(f"Serving {server}.", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
