"""Whether two recordings are the same one: their spectra over time, compared at the best shift.

The level in 24 bands every 50 ms, each band less its own mean: what is left is what happened when, which no
two recordings of rain have in common, and which another format, level or a cut at the beginning leaves as it
is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from earwitness.audio import read_clip
from earwitness.common.arrays import Floats

RATE = 8000
FRAME, HOP = 800, 400  # 100 ms, every 50 ms
BANDS = 24
LOW, HIGH = 100.0, 3800.0  # Hz; what every format keeps
SECONDS = 60.0  # of a sound, from its beginning
MOST_SHIFT = 20  # hops: a second
FLOOR = 1e-9  # of a band's power: about the rounding of 16 bits
LEAST_FRAMES = 4  # fewer tell nothing


def fingerprint(path: Path) -> Floats:
    """The changes of a sound's spectrum: (frames, 24), zero mean over time.

    Raises
    ------
    AudioError
        It cannot be read.
    """
    samples = read_clip(path, RATE).samples[: int(SECONDS * RATE)]
    samples = np.pad(samples, (0, max(FRAME - len(samples), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), axis=1)) ** 2
    edges = np.geomspace(LOW, HIGH, BANDS + 1) * FRAME / RATE
    starts = np.minimum(np.unique(np.rint(edges).astype(int)), power.shape[1] - 1)
    # relative to the loudest, so that the floor is the same for a quiet copy
    bands = np.add.reduceat(power, starts, axis=1)[:, :BANDS]
    level = np.log(bands / max(float(bands.max()), 1e-30) + FLOOR * 1e3)
    return np.asarray(level - level.mean(0), np.float32)


def likeness(a: Floats, b: Floats) -> float:
    """The correlation of two fingerprints at the shift where it is highest, -1 to 1.

    >>> rng = np.random.default_rng(0)
    >>> a = rng.normal(size=(100, 24)).astype(np.float32)
    >>> round(likeness(a, a[5:]), 3), likeness(a, rng.normal(size=(100, 24)).astype(np.float32)) < 0.2
    (1.0, True)
    """
    return max(_correlation(a, b, shift) for shift in range(-MOST_SHIFT, MOST_SHIFT + 1))


def _correlation(a: Floats, b: Floats, shift: int) -> float:
    first, second = (a[shift:], b) if shift >= 0 else (a, b[-shift:])
    count = min(len(first), len(second))
    # the least overlap: half of the shorter, so that two ends alone do not make two sounds one
    if count < max(min(len(a), len(b)) // 2, 1) or (count < LEAST_FRAMES and shift):
        return -1.0
    x, y = first[:count], second[:count]
    x, y = x - x.mean(0), y - y.mean(0)
    scale = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((x * y).sum()) / scale if scale > 0 else -1.0
