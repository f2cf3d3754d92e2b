"""Charts as inline SVG: scores with intervals on one line, and how a score is spread over the clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from earwitness.common.counting import counted
from earwitness.evaluation.report.labels import interval, number
from earwitness.evaluation.report.markup import Markup

LINE_WIDTH, LINE_HEIGHT, MARGIN = 320, 26, 8
HISTOGRAM_WIDTH, HISTOGRAM_HEIGHT, BINS = 250, 110, 25
LEAST = 0.01
"""An axis is at least this long, so that scores that are nothing but rounding all stand at zero."""


@dataclass(frozen=True)
class Mark:
    """A point on a line of scores: whose, how drawn (a CSS class), where, and how sure."""

    who: str
    kind: str
    value: float
    low: float | None = None
    high: float | None = None


def line(name: str, marks: Sequence[Mark]) -> Markup:
    """One score of several systems on one axis that begins at zero; hovering tells whose each mark is."""
    top = max(LEAST, *(max(mark.value, mark.high or 0.0) for mark in marks))
    middle = LINE_HEIGHT / 2

    def x(value: float) -> float:
        return MARGIN + (LINE_WIDTH - 2 * MARGIN) * max(0.0, value) / top

    parts = [f'<line class="axis" x1="{MARGIN}" x2="{LINE_WIDTH - MARGIN}" y1="{middle}" y2="{middle}"/>']
    for mark in marks:
        bounds = interval(name, mark.low, mark.high)
        told = f"{mark.who}: {number(name, mark.value)}" + (f" ({bounds})" if bounds else "")
        parts.append(f'<g class="{mark.kind}"><title>{escape(told)}</title>')
        if mark.low is not None and mark.high is not None:
            ends = f'x1="{x(mark.low):.1f}" x2="{x(mark.high):.1f}"'
            parts.append(f'<line class="range" {ends} y1="{middle}" y2="{middle}"/>')
        parts.append(_symbol(mark.kind, x(mark.value), middle) + "</g>")
    return _svg(LINE_WIDTH, LINE_HEIGHT, parts, "scores on a line from zero")


def _symbol(kind: str, x: float, y: float) -> str:
    if kind == "people":
        return f'<path d="M{x:.1f} {y - 6}l6 6l-6 6l-6 -6z"/>'
    if kind == "published":
        return f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 7}" y2="{y + 7}"/>'
    return f'<circle cx="{x:.1f}" cy="{y}" r="5"/>'


def histogram(systems: Sequence[Sequence[float]]) -> Markup:
    """How many clips have which score: bars for one system, outlines for several.

    The axis ends at the highest score; under it stand both of its ends.
    """
    low = min(0.0, *(min(items) for items in systems))
    high = max(max(items) for items in systems)
    high = high if high > low else low + 1.0
    counts = [np.histogram(items, bins=BINS, range=(low, high))[0] for items in systems]
    most = max(int(count.max()) for count in counts)
    step, floor = HISTOGRAM_WIDTH / BINS, HISTOGRAM_HEIGHT - 16
    parts = [f'<line class="axis" x1="0" x2="{HISTOGRAM_WIDTH}" y1="{floor}" y2="{floor}"/>']
    for place, count in enumerate(counts):
        steps = "".join(f"V{floor - (floor - 4) * n / most:.1f}h{step:.2f}" for n in count)
        kind = "bars" if len(counts) == 1 else "outline"
        parts.append(f'<path class="s{place} {kind}" d="M0 {floor}{steps}V{floor}"/>')
    baseline = HISTOGRAM_HEIGHT - 2
    parts.append(f'<text x="0" y="{baseline}">{100 * low:.0f}</text>')
    parts.append(f'<text x="{HISTOGRAM_WIDTH}" y="{baseline}" text-anchor="end">{100 * high:.0f}</text>')
    told = f"distribution, at most {counted(most, 'clip')} a bar"
    return _svg(HISTOGRAM_WIDTH, HISTOGRAM_HEIGHT, parts, told)


def _svg(width: int, height: int, parts: Sequence[str], title: str) -> Markup:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return Markup(f'<svg {size} role="img" aria-label="{title}">{"".join(parts)}</svg>')
