"""The patches of a stretch of sound, gathered in memory that stays flat."""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats

MOST_ROWS = 640  # five minutes of patches every half second: a megabyte
SUREST = 3  # patches: a second and a half in which a sound is as sure as it gets
DESERVES = 12  # patches, six seconds: a shorter sound is said in one breath


class Gathered:
    """A stretch's patches, ``MOST_ROWS`` rows of them at most: in a longer one neighbours are averaged."""

    def __init__(self) -> None:
        self._rows: list[Floats] = []
        self._each = 1  # patches that a row is the mean of
        self._waiting: list[Floats] = []

    def add(self, patches: Floats) -> None:
        """Patches that follow those before, (patches, axes)."""
        for patch in patches:
            self._waiting.append(patch)
            if len(self._waiting) == self._each:
                self._rows.append(np.mean(self._waiting, 0, dtype=np.float32))
                self._waiting = []
        while len(self._rows) >= MOST_ROWS:
            pairs = np.stack(self._rows[: len(self._rows) // 2 * 2])
            odd = self._rows[len(pairs) :]
            self._rows = [*((pairs[::2] + pairs[1::2]) / 2), *odd]
            self._each *= 2

    def patches(self) -> Floats:
        """All that was added, (rows, axes)."""
        rest = [np.mean(self._waiting, 0, dtype=np.float32)] if self._waiting else []
        return np.stack([*self._rows, *rest])

    @property
    def brief(self) -> bool:
        """Whether the sound is too short to have anything beside what it mainly is."""
        return self._each == 1 and len(self._rows) < DESERVES

    def surest(self) -> Floats:
        """Each axis' mean over the patches where it is surest, (axes,).

        >>> gathered = Gathered()
        >>> gathered.add(np.eye(20, dtype=np.float32))
        >>> round(gathered.surest().max().item(), 3)
        0.333
        """
        rows = self.patches()
        return np.asarray(np.sort(rows, 0)[-SUREST:].mean(0), np.float32)
