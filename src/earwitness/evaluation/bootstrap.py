"""How sure a score is: bootstrap over clips.

Efron, "Bootstrap methods: another look at the jackknife", 1979; for two systems on the same clips Koehn,
"Statistical significance tests for machine translation evaluation", EMNLP 2004. A resample draws as many
clips as there are, with replacement, and every corpus score is computed anew from the clips drawn: BLEU
and METEOR from summed statistics, the others as means. CIDEr-D keeps the document frequencies of the full
set. All scores, and both systems of a comparison, see the same draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from earwitness.common.errors import OptionError
from earwitness.evaluation.metrics.base import Floats, Measured

BLOCK = 4_000_000
"""Draws held at a time: 4 million counts of 8 bytes, 32 MB."""

_EVEN = 1e-7
"""Scores closer than this are even: BLEU's small constants alone set two perfect captions 1e-9 apart."""


@dataclass(frozen=True)
class BootstrapOptions:
    """How many resamples, from which seed, and how wide the interval.

    Raises
    ------
    OptionError
        fewer than 10 resamples, or a level outside (0, 1).
    """

    resamples: int = 1000
    seed: int = 4182
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.resamples < 10:
            raise OptionError(f"An interval needs at least 10 resamples, not {self.resamples}.")
        if not 0 < self.level < 1:
            raise OptionError(f"The level of an interval lies between 0 and 1, not at {self.level}.")


@dataclass(frozen=True)
class Difference:
    """One system less another on the same clips.

    ``p_value`` is two-sided: twice the share of resamples, the data itself counted once, in which the
    difference has the other sign or none.
    """

    value: float
    low: float | None
    high: float | None
    p_value: float | None
    won: int
    tied: int
    lost: int

    @property
    def share_won(self) -> float:
        """Clips won among those not tied; one half when all are tied."""
        decided = self.won + self.lost
        return self.won / decided if decided else 0.5


def draws(clips: int, options: BootstrapOptions) -> Iterator[Floats]:
    """How often each clip is drawn, in blocks.

    Shape: blocks of (resamples, clips), whose rows sum to ``clips``

    >>> [block.sum(axis=1).tolist() for block in draws(3, BootstrapOptions(resamples=10))][0][:2]
    [3.0, 3.0]
    """
    generator = np.random.default_rng(options.seed)
    rows = max(1, BLOCK // clips)
    for first in range(0, options.resamples, rows):
        size = min(rows, options.resamples - first)
        drawn = generator.integers(clips, size=(size, clips)) + clips * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * clips).reshape(size, clips).astype(np.float64)


def resample(measured: Mapping[str, Measured], clips: int, options: BootstrapOptions) -> dict[str, Floats]:
    """Every score of every resampled corpus; scores that cannot be resampled are left out.

    Shape: each (resamples,)
    """
    found: dict[str, list[Floats]] = {name: [] for name, score in measured.items() if score.resample}
    for block in draws(clips, options):
        for name, values in found.items():
            again = measured[name].resample
            assert again is not None
            values.append(again(block))
    return {name: np.concatenate(values) for name, values in found.items()}


def intervals(
    measured: Mapping[str, Measured], clips: int, options: BootstrapOptions
) -> dict[str, tuple[float, float]]:
    """The percentile interval of every score; of a single clip nothing can be said.

    >>> from earwitness.evaluation.metrics.base import of_items
    >>> low, high = intervals({"a": of_items([0.0, 1.0] * 50)}, 100, BootstrapOptions())["a"]
    >>> 0.35 < low < 0.45 < 0.55 < high < 0.65
    True
    """
    if clips < 2:
        return {}
    return {name: _interval(values, options) for name, values in resample(measured, clips, options).items()}


def _interval(values: Floats, options: BootstrapOptions) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - options.level) / 2, (1 + options.level) / 2])
    return float(low), float(high)


def differences(
    first: Mapping[str, Measured], second: Mapping[str, Measured], clips: int, options: BootstrapOptions
) -> dict[str, Difference]:
    """The paired difference, ``first`` less ``second``, of every score that both have.

    >>> from earwitness.evaluation.metrics.base import of_items
    >>> better = differences({"a": of_items([0.9, 0.8] * 50)}, {"a": of_items([0.1, 0.2] * 50)}, 100,
    ...                      BootstrapOptions())["a"]
    >>> round(better.value, 3), better.won, round(better.p_value, 3)
    (0.7, 100, 0.002)
    """
    both = {name: (first[name], second[name]) for name in first if name in second}
    again = [resample({name: pair[side] for name, pair in both.items()}, clips, options) for side in (0, 1)]
    found = {}
    for name, (mine, theirs) in both.items():
        gaps = again[0][name] - again[1][name] if name in again[0] and clips > 1 else None
        found[name] = _difference(mine, theirs, gaps, options)
    return found


def _difference(
    mine: Measured, theirs: Measured, gaps: Floats | None, options: BootstrapOptions
) -> Difference:
    clip_by_clip = np.array(mine.items) - np.array(theirs.items)
    won, lost = int((clip_by_clip > _EVEN).sum()), int((clip_by_clip < -_EVEN).sum())
    low, high = _interval(gaps, options) if gaps is not None else (None, None)
    p_value = None
    if gaps is not None:
        against = min(int((gaps <= _EVEN).sum()), int((gaps >= -_EVEN).sum()))
        p_value = min(1.0, 2 * (against + 1) / (len(gaps) + 1))
    return Difference(
        mine.value - theirs.value, low, high, p_value, won, len(clip_by_clip) - won - lost, lost
    )
