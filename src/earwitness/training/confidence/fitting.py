"""A calibrated model out of a table, and what it says of rows that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from earwitness.confidence.model import Logistic
from earwitness.training.confidence.examples import Table, folds, parts
from earwitness.training.confidence.logistic import curve, fit_logistic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FitOptions:
    """How a model is fitted."""

    # the features that are read, of the table's columns
    features: tuple[str, ...]
    # penalty on the squares of the standardised weights
    l2: float = 5.0
    # how often each set counts, unless once
    sets: Mapping[str, float] = field(default_factory=dict)
    # parts of the cross-validation that calibrates; 0 leaves the logistic regression as it is
    calibration: int = 0
    # how often each set counts in the calibration, unless once
    curve_sets: Mapping[str, float] = field(default_factory=dict)
    # the weight that a knot of the calibration curve stands for at least
    knot: float = 60.0


def fit(table: Table, columns: Sequence[str], options: FitOptions) -> Logistic:
    """Fit a model, and calibrate it on rows of kinds that a fit without them judged.

    Parameters
    ----------
    table : Table
    columns : sequence of str
        The table's features.
    options : FitOptions

    Returns
    -------
    Logistic
    """
    weighed = table.weighed(options.sets)
    model = _plain(weighed, columns, options)
    if not options.calibration:
        return model
    odds = np.zeros(len(table.right))
    for out in parts(weighed, options.calibration):
        odds[out] = _plain(weighed.rows(~out), columns, options).log_odds(table.features[out], columns)
    seen = table.judged
    counted = table.weighed(options.curve_sets).weight[seen]
    return replace(model, curve=curve(odds[seen], table.right[seen], counted, options.knot))


def unseen(table: Table, columns: Sequence[str], options: FitOptions, by_group: tuple[str, ...]) -> Floats:
    """The probability that each row is right, by a fit that left out its group, or its set: (rows,)."""
    said = np.full(len(table.right), np.nan)
    for out in folds(table, by_group):
        judged = out & table.judged
        if judged.any():
            model = fit(table.rows(~out), columns, options)
            said[judged] = model.probability(table.features[judged], columns)
    return said


def _plain(table: Table, columns: Sequence[str], options: FitOptions) -> Logistic:
    return fit_logistic(table.features, columns, options.features, table.right, table.weight, options.l2)
