"""``%sw`` and ``%%sw``: the command tree in IPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register the magics and their completion."""
    from jupyter_sw.magics.completion import matcher
    from jupyter_sw.magics.magic import SwMagics

    shell.register_magics(SwMagics)
    matchers = shell.Completer.custom_matchers
    if matcher not in matchers:
        matchers.append(matcher)


def unload(shell: InteractiveShell) -> None:
    """Take the magics and their completion away."""
    from jupyter_sw.magics.completion import matcher

    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("sw", None)
    if matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(matcher)
