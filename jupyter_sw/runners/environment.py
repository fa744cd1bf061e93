"""The environment a child process gets: all but what is secret or belongs to the parent."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A worker needs no hub token, no Jupyter token and no cloud key: it reads local files only.
_SECRET = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|ACCESS_KEY)", re.IGNORECASE
)
_OURS = re.compile(r"^(JPY_|JUPYTERHUB_|JUPYTER_SERVER_|KERNEL_)")


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return a copy of `environment` without secrets and a Jupyter Server's own variables."""
    return {
        name: value
        for name, value in environment.items()
        if not _SECRET.search(name) and not _OURS.match(name)
    }
