"""What decides whether a promise was kept, and the picture of it."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.bounds import Bound, at_least, at_most, under
from benchmarks.measure import Series
from benchmarks.picture import draw
from benchmarks.report import Run, report
from benchmarks.rows import Row, raw, read

RESULTS = Path(__file__).parents[2] / "benchmarks" / "RESULTS.md"
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    Row("tokens/s", Series([90.0])),
    Row("ours over <theirs> & others", Series([0.9, 0.98, 1.1]), at_least(0.97)),
    Row("seconds", Series([3.5, 2.0, 3.0]), under(3)),
    Row("`added`, ms", Series([-0.4, 0.0]), at_most(50)),
]


@pytest.mark.parametrize(
    ("bound", "measured", "kept", "margin"),
    [
        (at_least(4), 4, True, 1),
        (at_least(4), 3.99, False, 0.9975),
        (under(0.3), 0.1, True, 3),
        (under(0.3), 0.3, False, 1),
        (at_most(50), 50, True, 1),
        (at_most(50), 100, False, 0.5),
        (under(10), -1, True, math.inf),
    ],
)
def test_a_promise_is_kept_or_missed(
    bound: Bound, measured: float, kept: bool, margin: float
) -> None:
    assert bound.kept_by(measured) is kept
    assert bound.margin(measured) == pytest.approx(margin)
    assert Bound.parse(str(bound)) == bound


def test_what_is_no_bound_is_refused() -> None:
    with pytest.raises(ValueError, match="at least, at most, under"):
        Bound.parse("50")


def test_the_median_counts_and_nothing_promised_is_kept() -> None:
    assert [row.kept for row in ROWS] == [True, True, False, True]


def test_the_values_are_read_as_they_were_written() -> None:
    assert read(raw(ROWS, device="H100")) == ROWS


def marks(picture: str) -> dict[str | None, str]:
    """Return how each measure is marked."""
    root = ET.fromstring(picture)
    return {
        mark.findtext(f"{SVG}title"): f"{mark.tag.removeprefix(SVG)} {mark.get('class')}"
        for mark in root.iter()
        if mark.get("class") in ("kept", "missed")
    }


def test_the_picture_has_a_mark_for_each_promise_and_its_shape_tells() -> None:
    assert marks(draw(ROWS, "make bench")) == {
        "ours over <theirs> & others": "circle kept",
        "seconds": "path missed",
        "added, ms": "circle kept",
    }


def test_the_picture_says_it_in_words_on_a_ground_of_its_own() -> None:
    root = ET.fromstring(draw(ROWS, "make bench"))
    words = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "make bench: 2 of 3 promises kept" in words
    assert "3, under 3 missed" in words
    ground = root.find(f"{SVG}rect")
    assert ground is not None
    assert [ground.get("width"), ground.get("fill")] == [root.get("width"), "#ffffff"]


def test_the_picture_that_is_here_shows_the_values_that_are_here() -> None:
    rows = read(RESULTS.with_name("results.json").read_text())
    picture = RESULTS.with_name("results.svg").read_text()
    assert picture == draw(rows, "make bench")
    assert len(marks(picture)) == sum(row.bound is not None for row in rows)
    assert "](results.svg)" in RESULTS.read_text()
    table = [line for line in RESULTS.read_text().splitlines() if line.startswith("| ")][2:]
    assert ["**missed**" in line for line in table] == [not row.kept for row in rows]


def test_every_line_of_a_report_tells_its_device_and_peers() -> None:
    run = Run("make bench-gpu", "python …", "on one H100", {"GPU": "H100", "peers": "no vllm"})
    text = report(ROWS, run, "results-gpu.json", "results-gpu.svg")
    assert "| measure | promise | measured |  | GPU | peers |" in text
    assert "| seconds | under 3 | 3 (2 to 3.5) | **missed** | H100 | no vllm |" in text
    assert "](results-gpu.svg)" in text
