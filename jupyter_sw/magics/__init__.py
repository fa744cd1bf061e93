"""``%sw`` and ``%%sw``: the command tree in IPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register the magics and their completion."""
    from jupyter_sw.magics.completion import matcher
    from jupyter_sw.magics.magic import SwMagics
    from jupyter_sw.magics.questions import quote_question_marks

    shell.register_magics(SwMagics)
    for hook, hooks in (
        (matcher, shell.Completer.custom_matchers),
        (quote_question_marks, shell.input_transformers_cleanup),
    ):
        if hook not in hooks:
            hooks.append(hook)


def unload(shell: InteractiveShell) -> None:
    """Take the magics and their completion away."""
    from jupyter_sw.magics.completion import matcher
    from jupyter_sw.magics.questions import quote_question_marks

    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("sw", None)
    for hook, hooks in (
        (matcher, shell.Completer.custom_matchers),
        (quote_question_marks, shell.input_transformers_cleanup),
    ):
        if hook in hooks:
            hooks.remove(hook)
