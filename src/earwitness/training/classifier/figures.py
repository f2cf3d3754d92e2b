"""How good a classifier of what can be heard is: accuracy, ROC-AUC, and whether its chances are chances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Doubles

Labels = npt.NDArray[np.bool_]

BINS = 10


@dataclass(frozen=True)
class Bin:
    """Texts whose chance lies between ``low`` and ``high``: how many, mean chance, share audible."""

    low: float
    high: float
    count: int
    said: float
    audible: float


def accuracy(audible: Labels, chances: Doubles) -> float:
    """The share of texts on the right side of a half."""
    return float(np.mean((chances >= 0.5) == audible))


def roc_auc(audible: Labels, chances: Doubles) -> float:
    """How often an audible text has a higher chance than one that is not; ties count a half.

    A half too where there are texts of one label only: then nothing was told apart.

    >>> roc_auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1]))
    0.875
    """
    _, place, counts = np.unique(chances, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    yes = int(audible.sum())
    if yes in (0, len(audible)):
        return 0.5
    return float((ranks[audible].sum() - yes * (yes + 1) / 2) / (yes * (len(audible) - yes)))


def reliability(audible: Labels, chances: Doubles) -> list[Bin]:
    """The reliability curve in ten bins of equal width; an empty bin is left out."""
    places = np.minimum((chances * BINS).astype(int), BINS - 1)
    return [
        Bin(
            b / BINS,
            (b + 1) / BINS,
            int(here.sum()),
            float(chances[here].mean()),
            float(audible[here].mean()),
        )
        for b in range(BINS)
        if (here := places == b).any()
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: what is said against what is so, averaged over the texts.

    >>> calibration_error([Bin(0.2, 0.3, 4, 0.25, 0.25), Bin(0.9, 1.0, 4, 0.95, 0.75)])
    0.1
    """
    total = sum(b.count for b in bins)
    return round(sum(b.count * abs(b.said - b.audible) for b in bins) / total, 12)


def figures(audible: Labels, chances: Doubles) -> dict[str, Any]:
    """Everything measured, as plain JSON types."""
    bins = reliability(audible, chances)
    return {
        "texts": len(audible),
        "audible": int(audible.sum()),
        "accuracy": round(accuracy(audible, chances), 4),
        "roc_auc": round(roc_auc(audible, chances), 4),
        "calibration_error": round(calibration_error(bins), 4),
    }


def worst(texts: Sequence[str], audible: Labels, chances: Doubles, most: int = 12) -> list[dict[str, Any]]:
    """The texts that are furthest on the wrong side, of both labels in turn."""
    wrong = np.abs(chances - audible)
    found: list[dict[str, Any]] = []
    for label in (True, False):
        rows = [i for i in np.argsort(-wrong, kind="stable") if audible[i] == label and wrong[i] > 0.5]
        found += [
            {"text": texts[i], "audible": label, "audibility": round(float(chances[i]), 3)}
            for i in rows[: most // 2]
        ]
    return found
