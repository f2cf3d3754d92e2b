"""Levels and what is usual, beside their plain definitions."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.timeline.levels import BANDS, BandLevels
from earwitness.timeline.rolling import Rolling
from earwitness.timeline.usual import GUARD, PASSED, STEP, WINDOW, Usual, standing_out


def plain(levels: np.ndarray) -> np.ndarray:
    """How far frames stand out, from the definition: for each step the 4th loudest of 60 before and after."""
    rest = -len(levels) % STEP
    padded = np.concatenate([levels, np.repeat(levels[-1:], rest, 0)])
    steps = padded.reshape(-1, STEP, BANDS).max(1)
    long = np.concatenate(
        [np.repeat(steps[:1], WINDOW + GUARD, 0), steps, np.repeat(steps[-1:], WINDOW + GUARD, 0)]
    )
    out = []
    for t in range(len(steps)):
        at = t + WINDOW + GUARD
        before = np.sort(long[at - GUARD - WINDOW : at - GUARD], axis=0)[-PASSED]
        after = np.sort(long[at + GUARD + 1 : at + GUARD + 1 + WINDOW], axis=0)[-PASSED]
        frames = padded[t * STEP : (t + 1) * STEP]
        out.append(standing_out(frames, np.minimum(before, after)[None]))
    return np.concatenate(out)[: len(levels)]


@pytest.mark.parametrize("frames", [1, 4, 5, 333, 700, 1203])
def test_usual_levels_are_those_of_the_definition(frames: int, rng: np.random.Generator) -> None:
    levels = rng.normal(-40, 8, (frames, BANDS)).astype(np.float32)
    usual = Usual()
    cuts = np.sort(rng.integers(0, frames + 1, 6))
    got = [usual.push(part) for part in np.split(levels, cuts)] + [usual.finish()]
    np.testing.assert_allclose(np.concatenate(got), plain(levels), atol=1e-5)


def test_levels_do_not_depend_on_how_the_sound_is_cut(rng: np.random.Generator) -> None:
    samples = rng.normal(0, 0.1, 50_000).astype(np.float32)

    def levels(cuts: list[int]) -> np.ndarray:
        made = BandLevels(16000)
        return np.concatenate([*(made.push(p) for p in np.split(samples, cuts)), made.finish()])

    whole = levels([])
    for cuts in ([1], [320, 321, 7000], list(range(0, 50_000, 777))):
        np.testing.assert_allclose(levels(cuts), whole, atol=1e-4)


def test_a_tone_is_loud_in_its_band_alone() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(16000) / 16000).astype(np.float32)
    frame = BandLevels(16000).push(tone)[20]
    edges = np.geomspace(80, 7500, BANDS + 1)
    assert edges[frame.argmax()] <= 1000 < edges[frame.argmax() + 1]


def test_rolling_rows_are_those_of_the_whole(rng: np.random.Generator) -> None:
    whole, rows, n = np.zeros((0, 3), np.float32), Rolling(), 0
    for _ in range(50):
        new = rng.random((int(rng.integers(0, 9)), 3)).astype(np.float32)
        whole = np.concatenate([whole, new])
        rows.push(new)
        n = max(n, int(rng.integers(0, len(whole) + 1)))
        rows.forget(n)
        a, z = sorted(int(x) for x in rng.integers(n, len(whole) + 1, 2))
        assert rows.start == n and rows.end == len(whole)
        assert np.array_equal(rows.rows(a, z), whole[a:z])
