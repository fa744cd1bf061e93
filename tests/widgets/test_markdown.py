"""A model's Markdown as HTML."""

from __future__ import annotations

import re

import pytest

from jupyter_sw.widgets.markdown import blocks, page
from jupyter_sw.widgets.transcript import transcript_html, transcript_text

REPLY = """# Title

Some *text* with `code` and a [link](https://example.org).

```python
def f(x):
    return "é" + x
```

- one
- two

| a | b |
| - | - |
| 1 | 2 |
"""


def test_markdown_becomes_html_by_blocks() -> None:
    html = blocks(REPLY)
    assert [re.match(r"<(\w+)", block)[1] for block in html] == [  # type: ignore[index]  # a match
        "h1", "p", "pre", "ul", "table",
    ]  # fmt: skip
    assert '<span class="k">def</span>' in html[2]
    assert 'rel="noopener noreferrer"' in html[1]
    assert 'target="_blank"' in html[1], "a link must not replace the notebook"


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://tracker.example/pixel.png)",
        '```"><script>alert(1)</script>\nx\n```',
        "| <b onclick=alert(1)> |\n| - |",
        '<https://a"onmouseover=alert(1)>',
        "[a]: javascript:alert(1)\n\n[a]",
    ],
)
def test_a_model_cannot_write_markup(attack: str) -> None:
    html = "".join(blocks(attack))
    tags = re.findall(r"<(\w+)((?:\s+[\w-]+(?:=\"[^\"]*\")?)*)\s*/?>", html)
    assert html.count("<") == len(tags) + html.count("</"), html
    for name, attributes in tags:
        assert name in {"p", "a", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"}
        assert not re.search(r"\bon\w+=", attributes)
        assert "javascript:" not in attributes


def test_a_growing_text_changes_its_last_blocks_only() -> None:
    whole = blocks(REPLY)
    for end in range(len(REPLY)):
        some = blocks(REPLY[:end])
        assert some[: len(some) - 2] == whole[: max(0, len(some) - 2)]


def test_a_page_is_complete_and_escapes_its_footer() -> None:
    html = page("hi", "<model>")
    assert "<style>" in html
    assert "&lt;model&gt;" in html


def test_a_transcript_holds_both_sides() -> None:
    turn = {"content": "<b>1+1?", "text": "**2**", "blocks": blocks("**2**"), "note": "1 token"}
    assert transcript_text("llama", [turn]).endswith("**You:** <b>1+1?\n\n**llama:** **2**")
    html = transcript_html("llama", [turn], "c1")
    assert "&lt;b&gt;1+1?" in html
    assert "<strong>2</strong>" in html
    assert "sw-transcript-c1" in html, "which a live panel hides"
