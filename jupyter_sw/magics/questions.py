"""Lets ``%sw ask`` end in a question mark, which IPython takes for a request for help."""

from __future__ import annotations

import re

_QUESTION = re.compile(r"^(\s*(?:[\w.\[\], ]+=\s*)?%sw\s+ask\b.*?)(\?+)(\s*)$")


def quote_question_marks(lines: list[str]) -> list[str]:
    """Put the question mark at the end of an asked question into quotes; an input transformer."""
    if lines and lines[0].lstrip().startswith("%%"):
        return lines  # the text of a prompt, or another language
    return [_QUESTION.sub(r'\1"\2"\3', line) for line in lines]
