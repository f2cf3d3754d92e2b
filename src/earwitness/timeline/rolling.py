"""Rows that come one after the other and are forgotten from the front: flat memory at any length."""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats


class Rolling:
    """The latest rows of an endless table, by their place in the whole.

    >>> rows = Rolling()
    >>> rows.push(np.arange(6, dtype=np.float32).reshape(3, 2))
    >>> rows.forget(1)
    >>> rows.start, rows.end, rows.rows(1, 3).tolist()
    (1, 3, [[2.0, 3.0], [4.0, 5.0]])
    """

    def __init__(self) -> None:
        self.start = 0
        self._held = np.zeros((0, 0), np.float32)

    @property
    def end(self) -> int:
        """One past the last row."""
        return self.start + len(self._held)

    def push(self, rows: Floats) -> None:
        """Add rows at the end."""
        self._held = rows if not len(self._held) else np.concatenate([self._held, rows])

    def forget(self, before: int) -> None:
        """Let go of the rows before a place."""
        before = min(before, self.end)
        if before > self.start:
            self._held = self._held[before - self.start :].copy()
            self.start = before

    def rows(self, first: int, last: int) -> Floats:
        """Rows ``first`` to ``last`` (not included), those of them that are held."""
        return self._held[max(first - self.start, 0) : max(last - self.start, 0)]
