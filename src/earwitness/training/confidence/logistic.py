"""Weighted logistic regression by Newton's method, and the monotone curve that calibrates it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.confidence.model import Logistic

Floats = npt.NDArray[np.float64]

STEPS = 30  # Newton's steps: far more than a convex problem of a dozen numbers needs
TOTAL = 1000.0  # what the weights are made to sum to, so that the penalty means the same for any data
NOTHING = np.array([[-20.0, 20.0], [-20.0, 20.0]])  # a curve that changes nothing


def fit_logistic(
    table: Floats, columns: Sequence[str], features: Sequence[str], right: Floats, weight: Floats, l2: float
) -> Logistic:
    """Fit what is right from features.

    Parameters
    ----------
    table : (n, columns)
    columns : sequence of str
        The table's.
    features : sequence of str
        Those of the columns that are read.
    right : (n,)
        1 for right, 0 for wrong.
    weight : (n,)
        How much each row counts.
    l2 : float
        Penalty on the squares of the standardised weights.

    Returns
    -------
    Logistic
        Not calibrated yet.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> model = fit_logistic(x, ["x"], ["x"], (x[:, 0] > 0).astype(float), np.ones(50), 1.0)
    >>> bool(model.weights[0] > 0)
    True
    """
    picked = table[:, [list(columns).index(name) for name in features]]
    mean = np.average(picked, 0, weight)
    scale = np.sqrt(np.average((picked - mean) ** 2, 0, weight)) + 1e-9
    rows = np.concatenate([(picked - mean) / scale, np.ones((len(picked), 1))], 1)
    counts = weight * (TOTAL / weight.sum())
    penalty = np.append(np.full(len(features), l2), 1e-9)
    theta = np.zeros(len(penalty))
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(rows @ theta, -50, 50)))
        slope = rows.T @ (counts * (p - right)) + penalty * theta
        curvature = (rows.T * (counts * p * (1 - p))) @ rows + np.diag(penalty)
        theta -= np.linalg.solve(curvature, slope)
    return Logistic(tuple(features), mean, scale, theta[:-1], float(theta[-1]), NOTHING)


def isotonic(values: Floats, right: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The non-decreasing step function nearest to what is right (pool adjacent violators).

    Parameters
    ----------
    values, right, weight : (n,)

    Returns
    -------
    Each pool's mean value, ascending, and its share of right ones.

    >>> x, y = isotonic(np.arange(4.0), np.array([0, 1, 0, 1.0]), np.ones(4))
    >>> x.tolist(), y.tolist()
    ([0.0, 1.5, 3.0], [0.0, 0.5, 1.0])
    """
    order = np.argsort(values, kind="stable")
    pools: list[list[float]] = []  # weight, sum of value, sum of right
    for i in order:
        pools.append([weight[i], weight[i] * values[i], weight[i] * right[i]])
        while len(pools) > 1 and pools[-2][2] / pools[-2][0] >= pools[-1][2] / pools[-1][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    w, x, y = np.array(pools).T
    return x / w, y / w


def curve(log_odds: Floats, right: Floats, weight: Floats, least: float = 30.0) -> Floats:
    """A calibration curve: the isotonic fit in pools of some size, in log odds, made strictly ascending.

    Parameters
    ----------
    log_odds, right, weight : (n,)
        Of sounds that the model was not fitted on.
    least : float
        The weight that a knot stands for at least: fewer sounds are no evidence.

    Returns
    -------
    (2, m)
    """
    order = np.argsort(log_odds, kind="stable")
    total = np.cumsum(weight[order])
    pools = max(2, int(total[-1] // least))
    place = np.minimum((total / total[-1] * pools).astype(int), pools - 1)
    parts = [order[place == k] for k in range(pools) if (place == k).any()]
    x = np.array([np.average(log_odds[p], weights=weight[p]) for p in parts])
    # a prior of one sound, half right, keeps the ends from certainty
    size = np.array([weight[p].sum() for p in parts])
    y = np.array([(weight[p] @ right[p] + 0.5) / (weight[p].sum() + 1) for p in parts])
    level = np.interp(x, *isotonic(x, y, size))
    odds = np.log(level / (1 - level)) + 1e-3 * np.arange(len(level))
    return np.array([x, odds])
