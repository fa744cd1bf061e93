"""TAB in ``%sw`` and ``%%sw`` lines: what click would complete in a shell, and nothing else."""

from __future__ import annotations

import re
import shlex

import click
from click.shell_completion import ShellComplete
from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from jupyter_sw.cli.tree import root
from jupyter_sw.magics.magic import cell_options

_LINE = re.compile(r"^\s*(?:[\w.\[\], ]+=\s*)?%sw\s+(?P<words>.*)$")
_CELL = re.compile(r"^\s*%%sw\s+(?P<words>.*)$")
_CELL_BODY = re.compile(r"^\s*%%sw\b")


class _OnlyThese(list[SimpleCompletion]):
    """Completions that keep other matchers silent even when there are none.

    IPython lets a matcher suppress the others only if it seems to have completions itself.
    """

    def __len__(self) -> int:
        return super().__len__() or 1


@context_matcher()  # type: ignore[untyped-decorator]  # IPython's is untyped
def matcher(context: CompletionContext) -> SimpleMatcherResult:
    """Complete a command line of ours; leave every other line alone."""
    lines = context.full_text.split("\n")
    typed = lines[context.cursor_line][: context.cursor_position]
    command: click.Command = root
    found = _LINE.match(typed)
    if context.cursor_line == 0 and not found:
        command, found = cell_options, _CELL.match(typed)
    if found:
        words, fragment = _split(found["words"])
        texts = complete(command, words, fragment)
    elif context.cursor_line > 0 and _CELL_BODY.match(lines[0]):
        fragment, texts = context.token, []  # a prompt is prose
    else:
        return SimpleMatcherResult(completions=[])
    return SimpleMatcherResult(
        completions=_OnlyThese(SimpleCompletion(text=text, type="magic") for text in texts),
        matched_fragment=fragment,
        suppress=True,
    )


def complete(command: click.Command, words: list[str], fragment: str) -> list[str]:
    """Return what can stand for `fragment` after `words`; options where nothing else can."""
    shell = ShellComplete(command, {}, "sw", "")
    try:
        items = shell.get_completions(words, fragment)
        if not items and not fragment and not (words and words[-1].startswith("-")):
            items = [item for item in shell.get_completions(words, "--") if item.value != "--help"]
    except click.ClickException:
        return []
    return [item.value for item in items]


def _split(text: str) -> tuple[list[str], str]:
    """Return the finished words and the one that is being typed."""
    start = max(text.rfind(" "), text.rfind("\t")) + 1
    try:
        return shlex.split(text[:start]), text[start:]
    except ValueError:  # within a quotation
        return text[:start].split(), text[start:]
