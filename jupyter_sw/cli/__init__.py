"""The one command tree, and ``jupyter sw`` which runs it in a terminal.

A command asks the server and returns what it found; a `Surface` (terminal or notebook) knows how to
show it. Nothing here imports pydantic or httpx before a command runs.
"""

from __future__ import annotations


def main() -> None:
    """Run ``jupyter sw …``; the console script."""
    from jupyter_sw.cli.terminal import run_in_terminal

    run_in_terminal()
