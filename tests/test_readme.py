"""The README in two languages: the same commands, links and figures."""

from __future__ import annotations

import re

import pytest

from tests.support import REPO

ENGLISH = (REPO / "README.md").read_text(encoding="utf-8")
CHINESE = (REPO / "README.zh-CN.md").read_text(encoding="utf-8")


def code(text: str) -> list[str]:
    """Return the lines of the code blocks, without comments and options for one language only."""
    blocks = re.findall(r"^```\w+\n(.*?)^```", text, re.M | re.S)
    lines = re.sub(r"\s+#.*|,zh-CN", "", "".join(blocks)).splitlines()
    return [line.strip() for line in lines if line.strip()]


def links(text: str) -> list[str]:
    """Return the targets of the links and pictures, but for that to the other language."""
    return [target for target in re.findall(r"\]\(([^)]+)\)", text) if "README" not in target]


def figures(text: str) -> list[list[str]]:
    """Return the numbers of each row of the tables."""
    rows = re.findall(r"^\|.*\|$", text, re.M)
    return [re.findall(r"\d[\d,.]*\d|\d", row) for row in rows]


@pytest.mark.parametrize("part", [code, links, figures])
def test_both_readmes_say_the_same(part: object) -> None:
    assert callable(part)
    assert part(CHINESE) == part(ENGLISH)


def test_they_link_to_each_other() -> None:
    assert "](README.zh-CN.md)" in ENGLISH
    assert "](README.md)" in CHINESE


TOUR = REPO / "docs" / "tour"


def pictures(page: str) -> list[tuple[str, str]]:
    """Return the pictures that a page of the tour shows."""
    text = (TOUR / page).read_text(encoding="utf-8")
    return re.findall(r'!\[[^\]]*\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"', text)


def test_the_tour_shows_what_make_tour_made_and_nothing_is_left_over() -> None:
    shown = {
        "".join(names) for page in ("README.md", "README.zh-CN.md") for names in pictures(page)
    }
    kept = {file.name: file.stat().st_size for file in TOUR.iterdir() if file.suffix != ".md"}
    assert shown == set(kept)
    assert max(size for name, size in kept.items() if name != "run.gif") < 150_000
    assert sum(kept.values()) < 4_500_000
