from __future__ import annotations

import subprocess
import sys


def test_the_registry_imports_no_engine_and_no_http_client() -> None:
    code = (
        "import sys; import jupyter_sw.models.registry, jupyter_sw.models.fetching; "
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("torch", "transformers", "xllamacpp", "numpy", "httpx", "httpx2"):
        assert f"'{heavy}'" not in done.stdout
