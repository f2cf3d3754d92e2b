"""Rows that come without end, kept as no more than twice so many: neighbours become one as they grow too
many."""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats


class Shrinking:
    """The greatest values of stretches of rows, all stretches of one length.

    Parameters
    ----------
    most : int
        Rows kept, at least half of them once there were as many.

    Examples
    --------
    >>> rows = Shrinking(4)
    >>> rows.push(np.arange(10, dtype=np.float32)[:, None])
    >>> rows.each, rows.rows()[:, 0].tolist()
    (4, [3.0, 7.0, 9.0])
    """

    def __init__(self, most: int) -> None:
        self._most, self.each = most, 1
        self._held = np.zeros((0, 0), np.float32)
        self._rest = np.zeros((0, 0), np.float32)

    def push(self, rows: Floats) -> None:
        """Add rows (n, columns)."""
        rest = rows if not len(self._rest) else np.concatenate([self._rest, rows])
        whole = len(rest) // self.each * self.each
        self._rest = rest[whole:]
        self._add(rest[:whole])
        while len(self._held) > self._most:
            even = len(self._held) // 2 * 2
            left = self._held[even:]
            self._held = self._held[:even].reshape(-1, 2, self._held.shape[1]).max(1)
            self.each *= 2
            if len(left):
                # the odd one out waits for its neighbour: as many rows of it as it stood for
                self._rest = np.concatenate([np.repeat(left, self.each // 2, 0), self._rest])

    def _add(self, rows: Floats) -> None:
        if len(rows):
            new = rows.reshape(-1, self.each, rows.shape[1]).max(1)
            self._held = new if not len(self._held) else np.concatenate([self._held, new])

    def rows(self) -> Floats:
        """All stretches, the last of which may be shorter: (stretches, columns)."""
        if not len(self._rest):
            return self._held
        last = self._rest.max(0, keepdims=True)
        return last if not len(self._held) else np.concatenate([self._held, last])
