"""The results as one picture: each promise's margin, as a dot beside the line of the promise.

``python -m benchmarks.picture [RESULTS.json]`` draws ``RESULTS.svg`` beside it. The SVG is
written by hand: it is lines, marks and words, and a plotting library with all it brings would be
the largest part of the developers' set-up after torch.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.bounds import Bound

_LABELS, _CHART, _FIGURES = 520, 300, 170  # widths, in pixels
_TOP, _ROW, _BOTTOM = 58, 20, 14
_WORST, _BEST = 1 / 16, 64.0  # the scale ends here at the latest, and a mark stays at its end
_HALF = 4.5  # of a mark

_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-label="{summary}">
<style>
text {{ font: 11px Helvetica, Arial, sans-serif; fill: #24292f }}
.title {{ font-size: 14px; font-weight: bold }}
.tick, .figure {{ fill: #57606a }}
.grid {{ stroke: #d8dee4 }}
.promise {{ stroke: #24292f; stroke-width: 1.5 }}
.spread {{ stroke: #8c959f; stroke-width: 2 }}
circle {{ fill: #1f6f43 }}
path {{ stroke: #b3261e; stroke-width: 2.5; fill: none }}
.bad {{ font-weight: bold; fill: #b3261e }}
</style>
<rect width="{width}" height="{height}" rx="6" fill="#ffffff" stroke="#d8dee4"/>
<text class="title" x="14" y="22">{summary}</text>
<text class="tick" x="14" y="40">How many times better than promised, in powers of two; \
a dot is kept, a cross is missed; a line goes from the worst run to the best.</text>
{body}
</svg>
"""


@dataclass(frozen=True)
class Measure:
    """A measure that something is promised of."""

    what: str
    bound: Bound
    values: list[float]

    @property
    def median(self) -> float:
        """Return the figure that counts."""
        return statistics.median(self.values)

    @property
    def kept(self) -> bool:
        """Tell whether the promise was kept."""
        return self.bound.kept_by(self.median)


def measures(raw: str) -> list[Measure]:
    """Return what is promised, of the JSON that `report.raw` wrote."""
    return [
        Measure(row["what"], Bound.parse(row["promise"]), row["values"])
        for row in json.loads(raw)
        if row["promise"]
    ]


def draw(found: list[Measure]) -> str:
    """Return the picture as SVG; it has a background of its own."""
    scale = _Scale([m.bound.margin(value) for m in found for value in m.values])
    bottom = _TOP + _ROW * len(found)
    kept = sum(measure.kept for measure in found)
    body = [
        *(_tick(scale, power, bottom) for power in scale.powers()),
        *(_row(scale, measure, _TOP + _ROW * (n + 0.5)) for n, measure in enumerate(found)),
    ]
    return _FRAME.format(
        width=_LABELS + _CHART + _FIGURES,
        height=bottom + _BOTTOM,
        summary=f"make bench: {kept} of {len(found)} promises kept",
        body="\n".join(body),
    )


class _Scale:
    """A logarithmic axis of margins."""

    def __init__(self, margins: list[float]) -> None:
        shown = [min(max(margin, _WORST), _BEST) for margin in margins]
        self._low = math.floor(math.log2(min([*shown, 0.5])))
        self._high = math.ceil(math.log2(max([*shown, 2.0])))

    def x(self, margin: float) -> float:
        power = math.log2(min(max(margin, 2.0**self._low), 2.0**self._high))
        return _LABELS + (_CHART - 20) * (power - self._low) / (self._high - self._low) + 10

    def powers(self) -> range:
        return range(self._low, self._high + 1)


def _tick(scale: _Scale, power: int, bottom: float) -> str:
    x = scale.x(2.0**power)
    kind = "grid" if power else "promise"
    words = f"{2.0**power:g}×" if power else "promise"
    return (
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text class="tick" x="{x:.1f}" y="{_TOP - 4}" text-anchor="middle">{words}</text>'
    )


def _row(scale: _Scale, measure: Measure, y: float) -> str:
    ends = [scale.x(measure.bound.margin(value)) for value in measure.values]
    figure = f"{measure.median:.3g}, {measure.bound}"
    return (
        f'<text x="{_LABELS}" y="{y + 4:.1f}" text-anchor="end">{_plain(measure.what)}</text>'
        f'<line class="spread" x1="{min(ends):.1f}" x2="{max(ends):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f"{_mark(measure, scale.x(measure.bound.margin(measure.median)), y)}"
        f'<text class="figure" x="{_LABELS + _CHART + 4}" y="{y + 4:.1f}">{escape(figure)}'
        f"{'' if measure.kept else ' <tspan class="bad">missed</tspan>'}</text>"
    )


def _mark(measure: Measure, x: float, y: float) -> str:
    title = f"<title>{_plain(measure.what)}</title>"
    if measure.kept:
        return f'<circle class="kept" cx="{x:.1f}" cy="{y:.1f}" r="{_HALF}">{title}</circle>'
    left, right, top, low = x - _HALF, x + _HALF, y - _HALF, y + _HALF
    cross = f"M{left:.1f} {top:.1f} {right:.1f} {low:.1f}M{left:.1f} {low:.1f} {right:.1f} {top:.1f}"
    return f'<path class="missed" d="{cross}">{title}</path>'


def _plain(what: str) -> str:
    return escape(what.replace("`", ""))


def main() -> None:
    """Draw what was measured before."""
    results = Path(__file__).with_name("results.json")
    raw = Path(sys.argv[1]) if sys.argv[1:] else results
    raw.with_suffix(".svg").write_text(draw(measures(raw.read_text())))


if __name__ == "__main__":
    main()
