"""How far probabilities can be believed: AUROC, expected calibration error, and the curve of both as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BINS = 10


@dataclass(frozen=True)
class Reliability:
    """What said probabilities were worth.

    ``high`` is the share of rows said with 0.9 or more, ``high_right`` how many of those are right (nan for
    none).
    """

    n: int
    right: float
    auroc: float
    ece: float
    high: float
    high_right: float


def reliability(said: Floats, right: Floats) -> Reliability:
    """Figures over rows: (n,) probabilities and (n,) 0 or 1.

    >>> reliability(np.array([0.95, 0.05]), np.array([1.0, 0.0])).auroc
    1.0
    """
    high = said >= 0.9
    return Reliability(
        len(said),
        float(right.mean()),
        auroc(said, right),
        expected_calibration_error(said, right),
        float(high.mean()),
        float(right[high].mean()) if high.any() else float("nan"),
    )


def auroc(said: Floats, right: Floats) -> float:
    """Chance that a right row is said with more than a wrong one; equals count half."""
    good, bad = said[right > 0.5], said[right <= 0.5]
    if not len(good) or not len(bad):
        return float("nan")
    above = (good[:, None] > bad[None]).mean() + 0.5 * (good[:, None] == bad[None]).mean()
    return float(above)


def expected_calibration_error(said: Floats, right: Floats) -> float:
    """Mean distance of what was said and what is right, over ten bins of equal width."""
    place = np.minimum((said * BINS).astype(int), BINS - 1)
    return float(sum(abs((said - right)[place == k].sum()) for k in range(BINS)) / len(said))


def reliability_svg(curves: dict[str, tuple[Floats, Floats]], width: int = 360) -> str:
    """Reliability curves: a line a name, a dot a bin (its area grows with its rows), and the diagonal."""
    colours = ("#1b6ca8", "#c2571a", "#3c8d40", "#7a4fa3")
    side, left = width - 60, 45

    def at(x: float, y: float) -> str:
        return f"{left + x * side:.1f},{10 + (1 - y) * side:.1f}"

    marks = [f'<path d="M{at(0, 0)} L{at(1, 1)}" stroke="#999" stroke-dasharray="4 3" fill="none"/>']
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        x, y = at(tick, 0).split(",")
        marks.append(f'<text x="{x}" y="{float(y) + 16:.1f}" text-anchor="middle">{tick:.1f}</text>')
        x, y = at(0, tick).split(",")
        place_of = f'x="{float(x) - 6:.1f}" y="{float(y) + 4:.1f}"'
        marks.append(f'<text {place_of} text-anchor="end">{tick:.1f}</text>')
        marks.append(f'<path d="M{at(0, tick)} L{at(1, tick)}" stroke="#eee"/>')
    for i, (name, (said, right)) in enumerate(curves.items()):
        colour, points = colours[i % len(colours)], []
        place = np.minimum((said * BINS).astype(int), BINS - 1)
        for k in range(BINS):
            if (place == k).any():
                x, y = at(float(said[place == k].mean()), float(right[place == k].mean())).split(",")
                radius = 2 + 10 * float(np.sqrt((place == k).mean()))
                points.append(f"{x},{y}")
                marks.append(f'<circle cx="{x}" cy="{y}" r="{radius:.1f}" fill="{colour}" opacity="0.35"/>')
        line = f'fill="none" stroke="{colour}" stroke-width="1.5"'
        marks.append(f'<polyline points="{" ".join(points)}" {line}/>')
        marks.append(f'<text x="{left + 12}" y="{28 + 16 * i}" fill="{colour}">{name}</text>')
    height = side + 50
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(marks)}'
        f'<text x="{left + side / 2:.0f}" y="{height - 4}" text-anchor="middle">said</text>'
        f'<text x="10" y="{10 + side / 2:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 10 {10 + side / 2:.0f})">right</text></svg>\n'
    )
