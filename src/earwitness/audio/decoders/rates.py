"""Blocks of several rates as blocks of one: files that were put together, streams that change on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from earwitness.audio.scaling import Block


class OneRate:
    """Resamples whatever does not come at ``rate``; what does passes untouched.

    >>> same = OneRate(8000)
    >>> blocks = [np.zeros((8000, 2), np.float32), np.zeros((16000, 1), np.float32)]
    >>> out = [*same.take(blocks[0], 8000), *same.take(blocks[1], 16000), *same.flush()]
    >>> sum(len(b) for b in out)
    16000
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._stream: Any = None
        self._kind = (rate, 0)

    def take(self, block: Block, rate: int) -> Iterator[Block]:
        """A block at ``rate`` Hz, as blocks at this one's."""
        if rate == self.rate:
            yield from self.flush()
            yield block
            return
        kind = (rate, block.shape[1])
        if self._stream is None or kind != self._kind:
            yield from self.flush()
            import soxr

            self._kind = kind
            self._stream = soxr.ResampleStream(rate, self.rate, block.shape[1], dtype="float32", quality="HQ")
        yield from self._out(np.ascontiguousarray(block, np.float32), last=False)

    def flush(self) -> Iterator[Block]:
        """What is still to come of a stretch at another rate."""
        if self._stream is not None:
            yield from self._out(np.zeros((0, self._kind[1]), np.float32), last=True)
            self._stream = None

    def _out(self, block: Block, *, last: bool) -> Iterator[Block]:
        made: Block = self._stream.resample_chunk(block, last=last)
        made = made.reshape(-1, self._kind[1])
        if len(made):
            yield made
