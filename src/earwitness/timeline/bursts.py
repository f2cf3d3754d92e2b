"""Stretches in which a sound stands out from what is usual: where an event may begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

LOW_DB, HIGH_DB = 0.4, 0.8  # a burst is what stays above the first and reaches the second
JOIN = 30  # frames: a gap of less than 0.6 s does not end a burst
LONGEST = 500  # frames: a burst of ten seconds ends all the same


@dataclass(frozen=True)
class Burst:
    """Frames ``first`` to ``last`` (not included) of a sound."""

    first: int
    last: int


class Bursts:
    """Bursts of a sound whose frames come in pieces.

    >>> bursts = Bursts()
    >>> out = np.zeros(100, np.float32); out[20:30] = 2
    >>> list(bursts.push(out)), bursts.settled
    ([Burst(first=20, last=30)], 100)
    """

    def __init__(self) -> None:
        self._place = 0
        # the burst that is not over yet: its first frame, its last so far, and the most it stood out
        self._open: tuple[int, int, float] | None = None

    @property
    def settled(self) -> int:
        """The frame before which all bursts that begin there are known."""
        return self._place if self._open is None else self._open[0]

    def push(self, out: npt.NDArray[np.float32]) -> Iterator[Burst]:
        """How far frames stand out: (frames,) in dB -> the bursts that are over."""
        begin, self._place = self._place, self._place + len(out)
        for i in begin + np.flatnonzero(out > LOW_DB):
            at, value = int(i), float(out[i - begin])
            if self._open is not None and (at - self._open[1] >= JOIN or at - self._open[0] >= LONGEST):
                yield from self.finish()
            first, most = (at, value) if self._open is None else (self._open[0], max(self._open[2], value))
            self._open = (first, at + 1, most)
        if self._open is not None and self._place - self._open[1] >= JOIN:
            yield from self.finish()

    def finish(self) -> Iterator[Burst]:
        """The burst that is open, if it stood out enough."""
        found, self._open = self._open, None
        if found is not None and found[2] >= HIGH_DB:
            yield Burst(found[0], found[1])
