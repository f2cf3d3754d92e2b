"""What arrays hold, by name, a product that is the same whoever stands beside, and shares of a whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def by_rows(rows: Floats, matrix: Floats) -> Floats:
    """The product of rows with a matrix, each row by itself: (n, k) and (k, m) -> (n, m), or (k,) -> (n,).

    A library's product of whole matrices adds up in an order that depends on how many rows there are, so that
    a sentence would be embedded a little otherwise alone than among others, and a run that was stopped and
    went on would differ from one that was not. Ten millionths of a second a row are the price.

    >>> rows = np.random.default_rng(0).normal(size=(9, 384)).astype(np.float32)
    >>> bool((by_rows(rows, rows.T)[3:4] == by_rows(rows[3:4], rows.T)).all())
    True
    """
    return np.asarray(np.matmul(rows[:, None], matrix)[:, 0])


def softmax(values: Floats, temperature: float) -> Floats:
    """Rows that sum to one, the larger the value the larger the share: (n, m) -> (n, m).

    >>> softmax(np.array([[0.0, 0.0]], np.float32), 0.05).tolist()
    [[0.5, 0.5]]
    """
    weight = np.exp((values - values.max(1, keepdims=True)) / temperature)
    return np.asarray(weight / weight.sum(1, keepdims=True), np.float32)
