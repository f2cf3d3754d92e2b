"""From what a decoder or an array holds to mono float32 in [-1, 1].

Three rules, each stated where it is applied:

* integers are divided by their type's full scale, unsigned ones after moving their middle to zero;
* floats up to +18 dB beyond full scale are clipped, louder ones are integers that nobody scaled, and are
  divided by the integer full scale that holds them;
* channels are mixed to their mean, unless they cancel each other, in which case the loudest one is kept.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Block = npt.NDArray[np.floating]
"""(frames, channels) float32 or float64."""

UNSCALED_PEAK = 8.0
"""Floats that reach beyond this were never scaled: mixers leave peaks of a few times full scale (+12 dB is
4.0), integers stored as floats reach tens even in the noise of a room, and 8.0 (+18 dB) lies between."""

INTEGER_SCALES = (2.0**7, 2.0**15, 2.0**23, 2.0**31)
"""Full scale of 8, 16, 24 and 32-bit audio."""

FULL_SCALE = 32767 / 32768
"""The highest level that 16-bit audio can hold."""

CANCELLED = 0.1
"""The loudest channel alone leaves 1/N of its amplitude in the mean of N channels. Where the mean holds less
than a tenth of even that, the other channels have cancelled it: there was a sound, and the mean lost it."""


def integers_to_float(block: npt.NDArray[np.integer]) -> Block:
    """Scale integers to [-1, 1] by their type.

    Parameters
    ----------
    block : integer array of any shape
        8 to 32 bits, signed or unsigned.

    Returns
    -------
    float array of the same shape
        float32, or float64 where 24 bits of precision would not hold the integers.

    Examples
    --------
    >>> integers_to_float(np.array([0, 128, 255], dtype=np.uint8)).tolist()
    [-1.0, 0.0, 0.9921875]
    """
    full = 2.0 ** (8 * block.dtype.itemsize - 1)
    wide = np.float32 if block.dtype.itemsize <= 2 else np.float64
    values: Block = block.astype(wide)
    if block.dtype.kind == "u":
        values -= full
    values /= full
    return values


def divisor(peak: float) -> float:
    """What floats that reach ``peak`` are divided by: 1 unless they are unscaled integers.

    >>> divisor(0.5), divisor(3.0), divisor(30000.0), divisor(1e30)
    (1.0, 1.0, 32768.0, 1e+30)
    """
    if peak <= UNSCALED_PEAK:
        return 1.0
    return next((scale for scale in INTEGER_SCALES if peak <= scale), peak)


def is_clipped(block: Block) -> bool:
    """Whether a level was cut off: samples beyond ±1, or three neighbours of one channel at full scale.

    A tone that just reaches full scale touches it with one sample, or two; a level that was cut off stays.

    >>> tone = np.sin(np.arange(1000) / 10)[:, None]
    >>> is_clipped(tone), is_clipped(np.clip(3 * tone, -1, 1)), is_clipped(2 * tone)
    (False, True, True)
    """
    low, high = float(block.min()), float(block.max())
    if low < -1 or high > 1:
        return True
    if low > -FULL_SCALE and high < FULL_SCALE:
        return False
    return _stays(block >= FULL_SCALE) or _stays(block <= -FULL_SCALE)


def _stays(at_full_scale: npt.NDArray[np.bool_]) -> bool:
    return bool((at_full_scale[2:] & at_full_scale[1:-1] & at_full_scale[:-2]).any())


def mix_down(block: Block) -> tuple[npt.NDArray[np.float32], bool]:
    """Mix channels to their mean; where the mean cancels, keep the loudest channel.

    Parameters
    ----------
    block : (frames, channels) floats within [-1, 1]

    Returns
    -------
    ((frames,) float32, bool)
        The mono sound, and whether the channels cancelled each other.

    Examples
    --------
    >>> left = np.array([0.5, -0.5, 0.25])
    >>> mix_down(np.stack([left, 0 * left], axis=1))[0].tolist()
    [0.25, -0.25, 0.125]
    >>> mix_down(np.stack([left, -left], axis=1))
    (array([ 0.5 , -0.5 ,  0.25], dtype=float32), True)
    """
    channels = block.shape[1]
    if channels == 1:
        return np.ascontiguousarray(block[:, 0], dtype=np.float32), False
    # a product with equal weights is the mean; block.mean(axis=1) of few channels takes several times longer
    mean = block @ np.full(channels, 1 / channels, dtype=block.dtype)
    powers = np.einsum("fc,fc->c", block, block)
    loudest = int(powers.argmax())
    power = float(np.dot(mean, mean))
    if power < powers[loudest] * (CANCELLED / channels) ** 2:
        return np.ascontiguousarray(block[:, loudest], dtype=np.float32), True
    return mean.astype(np.float32, copy=False), False
