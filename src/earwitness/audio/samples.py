"""Mono samples, and what every sound is asked: is it silent, is it finite."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import InvalidSamplesError

Samples = npt.NDArray[np.float32]
"""(n,) float32 in [-1, 1]."""

SILENCE_PEAK = 2 / 32768
"""A clip that stays this near to its mean is silent: two steps of 16-bit audio, so exact zeros and the ±1
step of dither both count, at whatever offset a recorder added, and the faintest sound that 16 bits can shape
does not."""


SILENT = "silent"
"""The note of a clip, or of a caption, in which nothing is heard."""

FEW = 64
"""Of fewer samples than these nobody can say whether they rest at an offset."""


@dataclass(frozen=True, eq=False)
class Wide:
    """A clip's stretch as it was recorded, before resampling: mono (n,) float32 and its rate in Hz."""

    samples: Samples
    rate: int


def is_silent(samples: Samples) -> bool:
    """Whether every sample lies within ``SILENCE_PEAK`` of their mean: a constant is heard by nobody.

    >>> is_silent(np.zeros(99, dtype=np.float32)), is_silent(np.full(99, 0.1, dtype=np.float32))
    (True, True)
    >>> is_silent(np.array([0.1, 0.2, 0.1], dtype=np.float32))
    False
    """
    low, high = float(samples.min()), float(samples.max())
    if len(samples) < FEW:
        return max(-low, high) < SILENCE_PEAK
    if high - low >= 2 * SILENCE_PEAK:
        return False  # the mean costs a pass of its own, and hardly any sound needs it
    mean = float(samples.mean(dtype=np.float64))
    return max(mean - low, high - mean) < SILENCE_PEAK


def check_finite(block: npt.NDArray[np.floating], first: int, rate: int, source: str) -> None:
    """Raise for NaN or infinity in ``block``, saying where: its first row is frame ``first`` of the sound."""
    # min and max carry NaN and infinity through, so the common case costs no mask as large as the block
    if math.isfinite(block.min()) and math.isfinite(block.max()):
        return
    bad = ~np.isfinite(block)
    row = int(np.flatnonzero(bad.any(axis=-1) if block.ndim > 1 else bad)[0])
    value = block[row][bad[row]][0] if block.ndim > 1 else block[row]
    index = first + row
    raise InvalidSamplesError(
        f"{source}: samples must be finite, but sample {index} ({index / rate:.3f} s) is {value}."
    )
