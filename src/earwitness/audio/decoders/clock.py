"""When a stream's sound is heard: where it begins in the file, and where it pauses."""

from __future__ import annotations

from typing import Any

MICROSECONDS = 1_000_000

LEAST_START = 0.05
"""A stream that begins less than this (s) after the others begins with them: codecs have a lead-in."""

LEAST_GAP = 0.1
"""A leap in time of less than this (s) is a container's rounding."""

MOST_GAP = 24 * 3600.0
MOST_BROADCAST_GAP = 600.0
"""Where streams are cut and joined on the air, a leap beyond this (s) is another clock, not a pause."""

BROADCAST = {"mpegts", "mpeg"}


class Clock:
    """Compares the time that frames say with the time that they should have after those before them.

    Parameters
    ----------
    container : av.container.InputContainer
    rate : int
        In Hz.
    """

    def __init__(self, container: Any, rate: int) -> None:
        self.start = 0.0
        self._rate, self._frames = rate, 0
        self._origin: float | None = None
        self._begins = (container.start_time or 0) / MICROSECONDS
        length = container.duration
        self._length = None if length is None else length / MICROSECONDS
        self._most = MOST_BROADCAST_GAP if container.format.name in BROADCAST else MOST_GAP

    def gave(self, frames: int) -> None:
        """So many frames have gone out."""
        self._frames += frames

    def gap_before(self, time: float | None) -> int:
        """Frames of silence before a frame with this time (s), which may have none."""
        if time is None:
            return 0
        if self._origin is None:
            self._origin = time
            late = time - self._begins
            self.start = late if late >= LEAST_START and self._lies_within(late) else 0.0
            return 0
        ahead = time - (self._origin + self._frames / self._rate)
        if abs(ahead) < LEAST_GAP:
            return 0
        if 0 < ahead <= self._most and self._lies_within(time - self._begins):
            return round(ahead * self._rate)
        self._origin += ahead  # joined to something with a clock of its own
        return 0

    def _lies_within(self, time: float) -> bool:
        # a length that is an estimate errs, and a damaged time errs by years
        return time <= MOST_GAP and (self._length is None or time <= 1.1 * self._length + 1)
