"""The results as one picture: each promise's margin, as a dot beside the line of the promise.

``python -m benchmarks.picture`` draws it anew from the values of the last run. The SVG is written
by hand: it is lines, marks and words, and a plotting library with all it brings would be
the largest part of the developers' set-up after torch.
"""

from __future__ import annotations

import math
from pathlib import Path
from xml.sax.saxutils import escape

from benchmarks.bounds import Bound
from benchmarks.rows import Row, read

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


def draw(rows: list[Row], name: str) -> str:
    """Return the picture as SVG, of all rows with a promise; it has a background of its own.

    Parameters
    ----------
    name
        What measured them, for the title.
    """
    found = [(row, row.bound) for row in rows if row.bound]
    scale = _Scale([bound.margin(value) for row, bound in found for value in row.measured.values])
    bottom = _TOP + _ROW * len(found)
    kept = sum(row.kept for row, _bound in found)
    body = [
        *(_tick(scale, power, bottom) for power in scale.powers()),
        *(_row(scale, *one, _TOP + _ROW * (n + 0.5)) for n, one in enumerate(found)),
    ]
    return _FRAME.format(
        width=_LABELS + _CHART + _FIGURES,
        height=bottom + _BOTTOM,
        summary=f"{escape(name)}: {kept} of {len(found)} promises kept",
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
    words = f"{2.0**power:g}x" if power else "promise"
    return (
        f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{bottom}"/>'
        f'<text class="tick" x="{x:.1f}" y="{_TOP - 4}" text-anchor="middle">{words}</text>'
    )


def _row(scale: _Scale, row: Row, bound: Bound, y: float) -> str:
    ends = [scale.x(bound.margin(value)) for value in row.measured.values]
    left, right = min(ends), max(ends)
    figure = escape(f"{row.measured.median:.3g}, {bound}")
    missed = "" if row.kept else ' <tspan class="bad">missed</tspan>'
    return (
        f'<text x="{_LABELS}" y="{y + 4:g}" text-anchor="end">{_plain(row.what)}</text>'
        f'<line class="spread" x1="{left:.1f}" x2="{right:.1f}" y1="{y:g}" y2="{y:g}"/>'
        f"{_mark(row, scale.x(bound.margin(row.measured.median)), y)}"
        f'<text class="figure" x="{_LABELS + _CHART + 4}" y="{y + 4:g}">{figure}{missed}</text>'
    )


def _mark(row: Row, x: float, y: float) -> str:
    title = f"<title>{_plain(row.what)}</title>"
    if row.kept:
        return f'<circle class="kept" cx="{x:.1f}" cy="{y:g}" r="{_HALF}">{title}</circle>'
    left, top, side = x - _HALF, y - _HALF, 2 * _HALF
    cross = f"M{left:.1f} {top:g}l{side:g} {side:g}m0 {-side:g}l{-side:g} {side:g}"
    return f'<path class="missed" d="{cross}">{title}</path>'


def _plain(what: str) -> str:
    return escape(what.replace("`", ""))


def main() -> None:
    """Draw what was measured before."""
    raw = Path(__file__).with_name("results.json")
    raw.with_suffix(".svg").write_text(draw(read(raw.read_text()), "make bench"))


if __name__ == "__main__":
    main()
