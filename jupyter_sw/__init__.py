"""Run open chat models on your own GPU from a notebook, and get the memory back on time.

Only the entry points that Jupyter and IPython look for live here; each imports its room when it
is called, so that importing the package costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sw._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["__version__", "load_ipython_extension", "unload_ipython_extension"]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyter-sw"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from jupyter_sw.server.app import SwApp

    return [{"module": "jupyter_sw", "app": SwApp}]


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register ``%sw`` and ``%%sw``; called by ``%load_ext jupyter_sw``."""
    from jupyter_sw.magics import load

    load(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take ``%sw`` and ``%%sw`` away again; called by ``%unload_ext jupyter_sw``."""
    from jupyter_sw.magics import unload

    unload(ipython)
