"""What a recording holds beyond the rate that its windows are read at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from earwitness.audio.samples import Samples


@dataclass(frozen=True, eq=False)
class Wide:
    """A clip's stretch as it was recorded, before resampling: mono (n,) float32 and its rate in Hz."""

    samples: Samples
    rate: int


class Beside:
    """A stream of blocks from which stretches are taken in order of time; what lies before is dropped."""

    def __init__(self, blocks: Iterator[Samples], rate: int) -> None:
        self.blocks, self.rate = blocks, rate
        self._held, self._first = np.zeros(0, np.float32), 0

    def stretch(self, begin: float, end: float) -> Wide | None:
        """The samples between two times in seconds, None where there are none."""
        start, stop = round(begin * self.rate), round(end * self.rate)
        held, count = [self._held], self._first + len(self._held)
        while count < stop:
            block = next(self.blocks, None)
            if block is None:
                break
            held.append(block)
            count += len(block)
        buffer = np.concatenate(held)
        # later windows begin no earlier than this one
        self._held, self._first = buffer[start - self._first :].copy(), start
        samples = self._held[: stop - start]
        return Wide(samples, self.rate) if len(samples) else None
