"""The picture as PNG, drawn with numpy alone: bars, lines and letters of five by eight points."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from earwitness.evaluation.report.spectrogram import colour_steps, palette, png
from earwitness.show.drawing import (
    COLOURS,
    CURVES,
    LANE,
    LEFT,
    NICE,
    RIGHT,
    SPECTRUM,
    TOP,
    WAVE,
    WIDTH,
    Plan,
    clock,
    planned,
)  # fmt: skip
from earwitness.show.font import GLYPHS, HEIGHT, STEP
from earwitness.show.portrait import Portrait

# colours behind the spectrogram's own
PLAIN = (
    (255, 255, 255),
    (34, 34, 34),
    (102, 102, 102),
    (74, 111, 165),
    (221, 221, 221),
    (181, 72, 58),
    (63, 125, 110),
)
WHITE, BLACK, GREY, BLUE, PALE, RED, GREEN = range(64, 64 + len(PLAIN))
FIRST_CURVE = 64 + len(PLAIN)

Pixels = npt.NDArray[np.uint8]


def to_png(of: Portrait, width: int = WIDTH) -> bytes:
    """A sound's picture as PNG.

    Parameters
    ----------
    of : Portrait
    width : int
        In pixels.
    """
    lanes, plan = planned(of, width)
    pixels = np.full((plan.height, width), WHITE, np.uint8)
    _write(pixels, of.name, LEFT, 10, BLACK)
    _waveform(pixels, of, plan)
    _spectrogram(pixels, of, plan)
    for place, (lane, event) in enumerate(lanes):
        x, end, y = int(plan.x(event.start)), int(plan.x(event.end)), plan.events + lane * LANE
        end = max(end, x + 2)
        pixels[y : y + LANE - 4, x:end] = GREEN if "background" in event.notes else RED
        following = next((int(plan.x(e.start)) for at, e in lanes[place + 1 :] if at == lane), width - RIGHT)
        inside = len(event.text) * STEP + 8 <= end - x
        at, stop, ink = (x + 4, end - 4, WHITE) if inside else (end + 4, following - 4, BLACK)
        _write(pixels, event.text, at, y + 7, ink, stop)
    _keywords(pixels, of, plan)
    _axis(pixels, plan)
    curves = [tuple(int(c[i : i + 2], 16) for i in (1, 3, 5)) for c in COLOURS]
    return png(pixels, np.concatenate([palette(), np.array([*PLAIN, *curves], np.uint8)]))


def _columns(values: npt.NDArray[np.float32], plan: Plan) -> npt.NDArray[np.intp]:
    """Which value each of the sound's pixels across shows."""
    return np.minimum(
        (np.arange(int(plan.inner)) / plan.inner * len(values)).astype(np.intp), len(values) - 1
    )


def _waveform(pixels: Pixels, of: Portrait, plan: Plan) -> None:
    middle = TOP + WAVE // 2
    pixels[middle, LEFT : LEFT + int(plan.inner)] = PALE
    for i, peak in enumerate(of.peaks[_columns(of.peaks, plan)]):
        half = int(peak * (WAVE / 2 - 1))
        pixels[middle - half : middle + half + 1, LEFT + i] = BLUE
    _label(pixels, "waveform", middle - 3)


def _spectrogram(pixels: Pixels, of: Portrait, plan: Plan) -> None:
    rows = (np.arange(SPECTRUM) / SPECTRUM * len(of.levels)).astype(np.intp)
    image = colour_steps(of.levels)[rows][:, _columns(of.levels[0], plan)]
    pixels[plan.spectrum : plan.spectrum + SPECTRUM, LEFT : LEFT + image.shape[1]] = image
    _label(pixels, "8 kHz", plan.spectrum)
    low, high = np.arcsinh(50 / 400), np.arcsinh(8000 / 400)
    y = plan.spectrum + SPECTRUM * (1 - (np.arcsinh(1000 / 400) - low) / (high - low))
    _label(pixels, "1 kHz", int(y) - 3)


def _keywords(pixels: Pixels, of: Portrait, plan: Plan) -> None:
    if not of.curves:
        return
    top, height = plan.keywords + 18, CURVES - 18
    pixels[top + height, LEFT : LEFT + int(plan.inner)] = PALE
    place = LEFT
    for i, curve in enumerate(of.curves[: len(COLOURS)]):
        xs = np.arange(int(plan.inner))
        at = (xs / plan.inner) * len(curve.values) - 0.5
        values = np.interp(at, np.arange(len(curve.values)), curve.values)
        ys = np.rint(top + height * (1 - values)).astype(np.intp)
        for x, (y, last) in enumerate(zip(ys, np.concatenate([ys[:1], ys[:-1]]), strict=True)):
            pixels[min(y, last) : max(y, last) + 1, LEFT + x] = FIRST_CURVE + i
        _write(pixels, curve.name, place, plan.keywords, FIRST_CURVE + i)
        place += (len(curve.name) + 2) * STEP


def _axis(pixels: Pixels, plan: Plan) -> None:
    step = next((s for s in NICE if plan.seconds / s <= plan.inner / 80), NICE[-1])
    tick = -(-plan.start // step) * step
    while tick <= plan.start + plan.seconds + 1e-9:
        x, text = int(plan.x(tick)), clock(tick, step < 1)
        pixels[plan.axis : plan.axis + 5, min(x, plan.width - 1)] = GREY
        _write(
            pixels, text, min(x - len(text) * STEP // 2, plan.width - len(text) * STEP), plan.axis + 9, GREY
        )
        tick += step


def _label(pixels: Pixels, text: str, y: int) -> None:
    _write(pixels, text, LEFT - 6 - len(text) * STEP, y, GREY)


def _write(pixels: Pixels, text: str, x: int, y: int, ink: int, stop: int | None = None) -> None:
    """Letters from a point rightwards, as many as have room; letters that the font lacks are boxes."""
    stop = pixels.shape[1] if stop is None else stop
    letters = max((stop - x) // STEP, 0)
    if len(text) > letters:
        text = text[: max(letters - 2, 0)] + ".." if letters >= 5 else ""
    for i, letter in enumerate(text):
        glyph = GLYPHS.get(letter, GLYPHS["\0"])
        left = max(x + i * STEP, 0)
        patch = pixels[y : y + HEIGHT, left : left + glyph.shape[1]]
        patch[glyph[: patch.shape[0], : patch.shape[1]]] = ink
