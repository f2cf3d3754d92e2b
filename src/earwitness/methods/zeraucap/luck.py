"""Luck that is always the same: what a drawn sentence adds to the scores of its candidates.

To add Gumbel noise to logarithms of weights and take the best is to draw by weight (Gumbel 1954). The noise
of a token hangs on the prompt, on which of its sentences is written, on the place in it and on the token
alone, so that a sound gets the same sentences alone and in company, today and tomorrow.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Doubles


def seed_of(prompt: Sequence[int], which: int) -> int:
    """The seed of the ``which``-th sentence after a prompt's tokens."""
    return zlib.crc32(np.array([which, *prompt], np.int64).tobytes())


def luck(seed: int, step: int, tokens: Sequence[int], temperature: float) -> Doubles:
    """What is added to the logarithm of each candidate's score.

    Parameters
    ----------
    seed : int
        From ``seed_of``.
    step : int
        From 0.
    tokens : (k,)
    temperature : float
        0 adds nothing, 1 draws by the scores themselves, more strays further.

    Returns
    -------
    (k,) float64

    Examples
    --------
    >>> one, other = luck(seed_of([5, 6], 1), 0, [7, 8], 0.5), luck(seed_of([5, 6], 1), 0, [8, 9, 7], 0.5)
    >>> bool(one[0] == other[2]), bool(one[1] == other[0]), abs(luck(3, 0, [7], 0.0)).tolist()
    (True, True, [0.0])
    """
    place = np.uint64(seed) << np.uint64(32) | np.uint64(step)
    mixed = _mixed(_mixed(np.array(tokens, np.uint64)) ^ place)
    # 53 bits make a number between 0 and 1, neither of which it is
    uniform = ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(-temperature * np.log(-np.log(uniform)), np.float64)


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea and Flood 2014): each number to another that looks like chance."""
    z = numbers + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), np.uint64)
