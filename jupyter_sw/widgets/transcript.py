"""A conversation as ordinary output, for readers without a kernel: nbconvert, GitHub, a diff."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from jupyter_sw.schemas.text import plain
from jupyter_sw.widgets.markdown import STYLE

_SAID = "margin:6px 0;padding:6px 10px;white-space:pre-wrap;background:rgba(127,127,127,.12)"
_QUIET = "opacity:.7;font-size:85%"


def transcript_text(model: str, turns: Sequence[dict[str, Any]]) -> str:
    """Return the turns as plain Markdown."""
    parts = []
    for turn in turns:
        parts += [f"**You:** {turn['content']}", f"**{model}:** {turn['text']}"]
    return plain("\n\n".join(parts))


def transcript_html(model: str, turns: Sequence[dict[str, Any]], chat: str) -> str:
    """Return the turns as static HTML; a page with a live panel of `chat` hides it."""
    name = html.escape(model)
    parts = [f'<style>{STYLE}</style><div class="jp-sw sw-transcript-{html.escape(chat)}">']
    for turn in turns:
        parts.append(f'<div style="{_SAID}"><b>You:</b> {html.escape(turn["content"])}</div>')
        parts += [f"<b>{name}:</b>", *turn["blocks"]]
        parts.append(f'<div style="{_QUIET}">{html.escape(turn["note"])}</div>')
    return "".join([*parts, "</div>"])
