"""What is usual in a sound, before and after each moment, and what stands out from it.

A band's usual level is what it passes for one twentieth of the time, over six seconds that end just before a
moment (the past) or begin just after it (the future). What is usual in both is background, however uneven: a
clock's ticks, a crackling fire. What stands out from the lower of the two is new.
"""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.timeline.levels import BANDS, FRAME_SECONDS
from earwitness.timeline.rolling import Rolling

STEP = 5  # frames whose loudest stands for all of them: 0.1 s
STEP_SECONDS = STEP * FRAME_SECONDS
WINDOW = 60  # steps: 6 s
PASSED = 4  # the 4th loudest of 60
GUARD = 3  # steps: a sound's own beginning is no past of it
MARGIN_DB = 3.0  # above the usual level counts as standing out
MOST_DB = 12.0  # and no band counts for more than this


def standing_out(levels: Floats, usual: Floats) -> Floats:
    """How far frames stand out, on the mean over bands: (frames, bands) and (bands,) or the same ->
    (frames,) dB."""
    return np.asarray(np.clip(levels - usual - MARGIN_DB, 0, MOST_DB).mean(1), np.float32)


class Usual:
    """Usual levels of a sound whose frames come in pieces; a frame is judged ``LAG`` steps after it came."""

    LAG = WINDOW + GUARD

    def __init__(self) -> None:
        self._frames = Rolling()
        # the loudest frames of the latest steps, the first of which has a past like itself; their usual
        # levels
        self._past: Floats | None = None
        self._usual = Rolling()
        self._steps = self._judged = 0

    def push(self, levels: Floats) -> Floats:
        """(frames, bands) in dB -> how far the frames that can be judged now stand out: (frames,)."""
        self._frames.push(levels)
        return self._judge(self._count())

    def finish(self) -> Floats:
        """Judge the last frames, as if their future were like the last step."""
        rest = self._frames.end - self._steps * STEP
        if rest:
            last = self._frames.rows(self._frames.end - 1, self._frames.end)
            self._frames.push(np.repeat(last, STEP - rest, 0))
            self._count()
        if not self._steps:
            return np.zeros(0, np.float32)
        assert self._past is not None
        self._rank(np.repeat(self._past[-1:], self.LAG, 0))
        return self._judge(self._steps)[: rest - STEP if rest else None]

    def before(self, frame: int) -> Floats:
        """What was usual before a frame that has been judged not long ago: (bands,)."""
        return np.asarray(self._usual.rows(frame // STEP, frame // STEP + 1)[0])

    def forget(self, before: int) -> None:
        """Let go of what was usual before frames of the past."""
        self._usual.forget(min(before // STEP, self._judged))

    def _count(self) -> int:
        """Take the complete steps in; how many have all of their future now."""
        steps = self._frames.end // STEP
        new = self._frames.rows(self._steps * STEP, steps * STEP)
        if len(new):
            self._rank(new.reshape(-1, STEP, BANDS).max(1))
            self._steps = steps
        return max(self._steps - self.LAG, 0)

    def _rank(self, loudest: Floats) -> None:
        if self._past is None:
            self._past = np.repeat(loudest[:1], WINDOW + GUARD, 0)
        held = np.concatenate([self._past, loudest])
        windows = np.lib.stride_tricks.sliding_window_view(held, WINDOW, axis=0)
        self._usual.push(np.partition(windows, -PASSED, axis=2)[:, :, -PASSED])
        self._past = held[1 - WINDOW :]

    def _judge(self, until: int) -> Floats:
        first, last = self._judged, max(until, self._judged)
        self._judged = last
        if first == last:
            return np.zeros(0, np.float32)
        # the past of step t is row t; its future begins a guard later, and a window ends where its row is
        future = 1 + GUARD + WINDOW + GUARD
        lower = np.minimum(self._usual.rows(first, last), self._usual.rows(first + future, last + future))
        levels = self._frames.rows(first * STEP, last * STEP)
        self._frames.forget(last * STEP)
        return standing_out(levels, np.repeat(lower, STEP, 0))
