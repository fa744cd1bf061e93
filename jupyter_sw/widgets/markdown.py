"""A model's Markdown as safe HTML: what it writes is text, never markup of its own."""

from __future__ import annotations

import html
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Pygments' short class names, coloured as JupyterLab's editor colours code in its themes.
STYLE = """\
.jp-sw pre{overflow:auto;padding:8px;background:var(--jp-layout-color2,rgba(127,127,127,.12))}
.jp-sw :is(.k,.kd,.kn,.kr,.kc,.ow){color:var(--jp-mirror-editor-keyword-color,#080)}
.jp-sw :is(.s,.s1,.s2,.sd,.sa,.sb,.se){color:var(--jp-mirror-editor-string-color,#ba2121)}
.jp-sw :is(.c,.c1,.cm,.ch){color:var(--jp-mirror-editor-comment-color,#488);font-style:italic}
.jp-sw :is(.mi,.mf,.mh,.m){color:var(--jp-mirror-editor-number-color,#080)}
.jp-sw :is(.nf,.nc,.fm){color:var(--jp-mirror-editor-def-color,#00f)}
.jp-sw :is(.nb,.bp){color:var(--jp-mirror-editor-builtin-color,#008000)}
.jp-sw .o{color:var(--jp-mirror-editor-operator-color,#a2f)}
"""
_QUIET = "color:var(--jp-ui-font-color2,#757575);font-size:var(--jp-ui-font-size0,11px)"


def page(text: str, footer: str = "") -> str:
    """Return a reply and its footer line as HTML that carries its own style."""
    below = f'<div style="{_QUIET}">{html.escape(footer)}</div>' if footer else ""
    return f'<style>{STYLE}</style><div class="jp-sw">{"".join(blocks(text))}</div>{below}'


def blocks(text: str) -> list[str]:
    """Return Markdown as HTML, one string a top-level block.

    Two versions of a growing text differ in their last blocks only, so that a page need not be
    drawn anew for every word.
    """
    parser = _parser()
    env: dict[str, Any] = {}
    found, open_tokens, depth = [], [], 0
    for token in parser.parse(text, env):
        open_tokens.append(token)
        depth += token.nesting
        if depth == 0:
            found.append(parser.renderer.render(open_tokens, parser.options, env))
            open_tokens = []
    return found


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "highlight": _highlight}
    # Images would be fetched from wherever a model says, and tell its owner who reads.
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("image")
    parser.add_render_rule("link_open", _open_link)
    return parser


def _open_link(
    renderer: Any, tokens: Any, index: int, options: Any, env: Any
) -> str:  # a link must not take the person away from the notebook
    tokens[index].attrSet("target", "_blank")
    tokens[index].attrSet("rel", "noopener noreferrer")
    return str(renderer.renderToken(tokens, index, options, env))


def _highlight(code: str, language: str, _attributes: str) -> str:
    """Return highlighted code, or nothing for a language that Pygments does not know."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language)
    except ClassNotFound:
        return ""
    inner = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return f'<pre class="highlight"><code>{inner}</code></pre>'
