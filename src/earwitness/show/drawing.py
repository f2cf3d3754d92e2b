"""The picture as SVG: waveform, spectrogram, events, keywords over time, one axis under all."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from earwitness.common.caption import Caption
from earwitness.evaluation.report.markup import Markup, join, tag
from earwitness.evaluation.report.spectrogram import colour_steps, palette, png
from earwitness.show.portrait import Portrait
from earwitness.writers.text import believed

WIDTH = 1200
LEFT, RIGHT, TOP = 64, 16, 34
WAVE, SPECTRUM, LANE, CURVES, AXIS, GAP = 70, 200, 24, 150, 24, 10
COLOURS = ("#d1495b", "#00798c", "#edae49", "#66a182", "#8d6cab", "#2e4057", "#c7673d", "#5b8fd1")
CHARACTER = 6.6  # px: an average letter at 12 px
NICE = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


@dataclass(frozen=True)
class Plan:
    """Where everything stands, in pixels."""

    width: int
    seconds: float
    start: float
    lanes: int
    curves: bool

    @property
    def inner(self) -> float:
        """Width of the sound."""
        return self.width - LEFT - RIGHT

    @property
    def spectrum(self) -> int:
        """Top of the spectrogram."""
        return TOP + WAVE + GAP

    @property
    def events(self) -> int:
        """Top of the events."""
        return self.spectrum + SPECTRUM + GAP

    @property
    def keywords(self) -> int:
        """Top of the curves."""
        return self.events + max(self.lanes, 1) * LANE + GAP

    @property
    def axis(self) -> int:
        """Top of the time axis."""
        return self.keywords + (CURVES + GAP if self.curves else 0)

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return self.axis + AXIS

    def x(self, second: float) -> float:
        """Where a moment of the film stands."""
        return LEFT + (second - self.start) / max(self.seconds, 1e-9) * self.inner


def lanes_of(events: Sequence[Caption]) -> list[tuple[int, Caption]]:
    """A lane for each event so that none covers another: what happens above, what goes on below it."""
    free: dict[bool, list[float]] = {False: [], True: []}
    placed: list[tuple[bool, int, Caption]] = []
    for event in sorted(events, key=lambda e: e.start):
        kind = "background" in event.notes
        ends = free[kind]
        lane = next((i for i, end in enumerate(ends) if end <= event.start + 1e-6), len(ends))
        ends[lane : lane + 1] = [event.end]
        placed.append((kind, lane, event))
    return [(lane + len(free[False]) * kind, event) for kind, lane, event in placed]


def planned(of: Portrait, width: int) -> tuple[list[tuple[int, Caption]], Plan]:
    """The lane of each of a sound's events, and where everything stands in a picture so wide."""
    lanes = lanes_of(of.said)
    count = 1 + max((lane for lane, _ in lanes), default=0)
    return lanes, Plan(width, of.seconds, of.start, count, bool(of.curves))


def drawing(of: Portrait, width: int = WIDTH) -> Markup:
    """The picture of a sound as an SVG element.

    Parameters
    ----------
    of : Portrait
    width : int
        In pixels.
    """
    lanes, plan = planned(of, width)
    parts = [
        tag("title", of.name),
        tag("style", Markup(STYLE)),
        tag("rect", class_="paper", width=width, height=plan.height),
        tag("text", of.name, class_="name", x=LEFT, y=20),
        _waveform(of, plan),
        _spectrogram(of, plan),
        _events(lanes, plan),
        *_keywords(of, plan),
        _axis(plan),
        tag("line", class_="cursor", id="cursor", x1=LEFT, x2=LEFT, y1=TOP, y2=plan.axis),
    ]
    return tag(
        "svg",
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {plan.height}",
        width=width,
        height=plan.height,
        role="img",
        font_family="system-ui, sans-serif",
        data_left=LEFT,
        data_inner=f"{plan.inner:g}",
        data_seconds=f"{of.seconds:.4f}",
        data_start=f"{of.start:.4f}",
    )


STYLE = """
.paper{fill:#fff}.name{font-size:15px;font-weight:600;fill:#222}.label,.tick{font-size:11px;fill:#666}
.wave{fill:#4a6fa5}.middle,.grid{stroke:#ddd;stroke-width:1}.event text{font-size:12px;fill:#fff}
.event text.behind{fill:#333}.event rect{fill:#b5483a}.event.background rect{fill:#3f7d6e}
.event.now rect{stroke:#111;stroke-width:2}.curve{fill:none;stroke-width:1.6}.key{font-size:11px}
.cursor{stroke:#111;stroke-width:1.5;pointer-events:none}
"""


def _waveform(of: Portrait, plan: Plan) -> Markup:
    middle, half = TOP + WAVE / 2, WAVE / 2 - 1
    n = len(of.peaks)
    xs = LEFT + (np.arange(n) + 0.5) / n * plan.inner
    upper = [f"{x:.1f},{middle - p * half:.1f}" for x, p in zip(xs, of.peaks, strict=True)]
    lower = [f"{x:.1f},{middle + p * half:.1f}" for x, p in zip(xs[::-1], of.peaks[::-1], strict=True)]
    ends = [f"{LEFT},{middle:.1f}"], [f"{plan.width - RIGHT},{middle:.1f}"]
    return tag(
        "g",
        tag("line", class_="middle", x1=LEFT, x2=plan.width - RIGHT, y1=f"{middle:g}", y2=f"{middle:g}"),
        tag("polygon", class_="wave", points=" ".join([*ends[0], *upper, *ends[1], *lower])),
        _label("waveform", TOP + WAVE / 2 + 4),
    )


def _spectrogram(of: Portrait, plan: Plan) -> Markup:
    data = base64.b64encode(png(colour_steps(of.levels), palette())).decode("ascii")
    image = tag(
        "image",
        href=f"data:image/png;base64,{data}",
        x=LEFT,
        y=plan.spectrum,
        width=f"{plan.inner:g}",
        height=SPECTRUM,
        preserveAspectRatio="none",
    )
    low, high = np.arcsinh(50 / 400), np.arcsinh(8000 / 400)
    ticks = []
    for hertz in (100, 500, 1000, 2000, 4000, 8000):
        y = plan.spectrum + SPECTRUM * (1 - (np.arcsinh(hertz / 400) - low) / (high - low))
        told = f"{hertz // 1000} kHz" if hertz >= 1000 else f"{hertz} Hz"
        ticks.append(_label(told, max(y + 4, plan.spectrum + 9)))
    return tag("g", image, *ticks)


def _events(lanes: Sequence[tuple[int, Caption]], plan: Plan) -> Markup:
    bars = []
    for place, (lane, event) in enumerate(lanes):
        x, end = plan.x(event.start), plan.x(event.end)
        width, y = max(end - x, 2.0), plan.events + lane * LANE
        following = next((plan.x(e.start) for at, e in lanes[place + 1 :] if at == lane), plan.width - RIGHT)
        told = f"{event.text} ({clock(event.start)} to {clock(event.end)}, {believed(event, named=True)})"
        kind = "event background" if "background" in event.notes else "event"
        bar = tag("rect", x=f"{x:.1f}", y=y, width=f"{width:.1f}", height=LANE - 4, rx=3)
        text = _fitting(event.text, x, width, following, y)
        bars.append(
            tag(
                "g",
                tag("title", told),
                bar,
                *text,
                class_=kind,
                data_start=f"{event.start:.3f}",
                data_end=f"{event.end:.3f}",
            )
        )
    return tag("g", _label("events", plan.events + 15), *bars)


def _fitting(text: str, x: float, width: float, following: float, y: int) -> list[Markup]:
    """An event's text in its bar, or behind a bar that is too short, cut where the next one begins."""
    inside = len(text) * CHARACTER + 8 <= width
    room = width - 8 if inside or following - x - width < width else following - x - width - 8
    behind = not inside and room > width - 8
    letters = int(room / CHARACTER)
    if letters < 3:
        return []
    shown = text if len(text) <= letters else text[: letters - 1] + "…"
    at = x + width + 4 if behind else x + 4
    return [tag("text", shown, x=f"{at:.1f}", y=y + 15, class_="behind" if behind else "inside")]


def _keywords(of: Portrait, plan: Plan) -> list[Markup]:
    if not of.curves:
        return []
    top, height = plan.keywords + 18, CURVES - 18
    lines = [tag("line", class_="grid", x1=LEFT, x2=plan.width - RIGHT, y1=top + height, y2=top + height)]
    key, place = [], float(LEFT)
    for colour, curve in zip(COLOURS, of.curves, strict=False):
        n = len(curve.values)
        xs = LEFT + (np.arange(n) + 0.5) / n * plan.inner
        points = " ".join(
            f"{x:.1f},{top + height * (1 - v):.1f}" for x, v in zip(xs, curve.values, strict=True)
        )
        lines.append(tag("polyline", tag("title", curve.name), class_="curve", points=points, stroke=colour))
        key.append(tag("text", curve.name, class_="key", x=f"{place:.0f}", y=plan.keywords + 8, fill=colour))
        place += 14 + 6.2 * len(curve.name)
    return [tag("g", *lines, *key, _label("1", top + 8), _label("0", top + height))]


def _label(text: str, y: float) -> Markup:
    return tag("text", text, class_="label", x=LEFT - 6, y=f"{y:.0f}", text_anchor="end")


def _axis(plan: Plan) -> Markup:
    step = next((s for s in NICE if plan.seconds / s <= plan.inner / 80), NICE[-1])
    first = -(-plan.start // step) * step
    ticks = []
    while first <= plan.start + plan.seconds + 1e-9:
        x = plan.x(first)
        anchor = "middle" if x < plan.width - 40 else "end"
        ticks.append(
            tag(
                "text",
                clock(first, step < 1),
                class_="tick",
                x=f"{x:.1f}",
                y=plan.axis + 16,
                text_anchor=anchor,
            )
        )
        ticks.append(tag("line", class_="grid", x1=f"{x:.1f}", x2=f"{x:.1f}", y1=plan.axis, y2=plan.axis + 5))
        first += step
    return tag("g", join(ticks))


def clock(seconds: float, tenths: bool = True) -> str:
    """A moment for people.

    >>> clock(75.25), clock(3675.0, False)
    ('1:15.3', '1:01:15')
    """
    whole = round(10 * seconds + 1e-6) if tenths else 10 * round(seconds)
    minutes, rest = divmod(whole, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{rest // 10:02d}.{rest % 10}" if tenths else f"{rest // 10:02d}"
    return f"{hours}:{minutes:02d}:{tail}" if hours else f"{minutes}:{tail}"
