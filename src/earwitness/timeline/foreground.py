"""What happens over the background: bursts that change the tags, with the moment they begin and end.

A burst is where the waveform's bands stand out from what is usual before or after (``usual.py``). It
begins an event if the patches about it are tagged differently from those just before it; a louder wave of
the same sea is no event. The event lasts while the bands stand out from what was usual before it. One that
does so for eight seconds is no event over a background: it is a new background, and only its beginning is
told here.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.timeline.bursts import JOIN, LOW_DB, Burst, Bursts
from earwitness.timeline.levels import FRAME_SECONDS
from earwitness.timeline.patches import HOP_SECONDS, PATCH_SECONDS, Patches, likeness, patches_of
from earwitness.timeline.rolling import Rolling
from earwitness.timeline.usual import Usual, standing_out

KEPT = 200  # frames that are kept behind what is decided, for ``rise``
RISE_DB = 10.0
LONG = 400  # frames: 8 s
BEFORE = range(2, 6)  # patches before a burst's first that tell what was heard before it
LENGTH_WEIGHT = 0.085  # a longer burst needs less change: this much less for e times the length


@dataclass(frozen=True)
class Onset:
    """The beginning of an event that is sure, and what was usual before it."""

    frame: int
    usual: Floats


@dataclass(frozen=True)
class Foreground:
    """An event over the background, or, where ``lasting``, only the beginning of a new background."""

    start: float
    end: float
    lasting: bool

    @property
    def patches(self) -> tuple[int, int]:
        """The patches about it: first and last (not included)."""
        return patches_of(self.start, self.end)


class ForegroundFinder:
    """Foreground events of a sound that comes in pieces.

    Parameters
    ----------
    change : float
        How much the tags must change, 0..1.
    named : int
        How many of the tags, from the first on, are compared.
    """

    def __init__(self, change: float, named: int) -> None:
        self._change, self._named = change, named
        self.patches = Patches()
        self._frames, self._usual, self._bursts = Rolling(), Usual(), Bursts()
        self._undecided: deque[tuple[Burst, Floats]] = deque()
        self._onsets: deque[Onset] = deque()

    @property
    def settled(self) -> float:
        """The time before which everything that begins there is known, in seconds."""
        first = self._onsets[0].frame if self._onsets else self._sure()
        return first * FRAME_SECONDS

    def push(self, levels: Floats, tags: Floats) -> Iterator[Foreground]:
        """Band levels (frames, bands) and tags (patches, axes) of the next piece -> events known by now."""
        self._frames.push(levels)
        self.patches.push(tags)
        self._note(self._bursts.push(self._usual.push(levels)))
        yield from self._decide(finished=False)
        self._usual.forget(self._bursts.settled)
        self._frames.forget(min(self._sure(), round(self.settled / FRAME_SECONDS)) - KEPT)

    def rise(self, patch: int) -> float:
        """Where in a patch after silence the sound rises, in seconds; the patch's beginning if it does
        not."""
        first = round(patch * HOP_SECONDS / FRAME_SECONDS)
        loud = self._frames.rows(first, first + round(PATCH_SECONDS / FRAME_SECONDS)).mean(1)
        if len(loud) < 2:
            return patch * HOP_SECONDS
        low, high = float(loud.min()), float(np.median(loud[2 * len(loud) // 3 :]))
        after = int(np.argmax(loud > (low + high) / 2)) if high - low >= RISE_DB else 0
        return patch * HOP_SECONDS + after * FRAME_SECONDS

    def finish(self) -> Iterator[Foreground]:
        """The events at the sound's end."""
        self._note(self._bursts.push(self._usual.finish()))
        self._note(self._bursts.finish())
        yield from self._decide(finished=True)

    def _note(self, bursts: Iterator[Burst]) -> None:
        for burst in bursts:
            self._undecided.append((burst, self._usual.before(burst.first)))

    def _sure(self) -> int:
        """The frame before which every burst has been decided on."""
        return self._undecided[0][0].first if self._undecided else self._bursts.settled

    def _decide(self, *, finished: bool) -> Iterator[Foreground]:
        while self._undecided:
            burst, usual = self._undecided[0]
            first, last = patches_of(burst.first * FRAME_SECONDS, burst.last * FRAME_SECONDS)
            if last > self.patches.end and not finished:
                break
            self._undecided.popleft()
            if self._changes(burst, first, last):
                self._onsets.append(Onset(burst.first, usual))
        while self._onsets:
            onset = self._onsets[0]
            if not finished and min(self._sure(), self._frames.end - JOIN) < onset.frame + LONG:
                break
            self._onsets.popleft()
            yield self._extent(onset, self._onsets[0].frame if self._onsets else None)

    def _changes(self, burst: Burst, first: int, last: int) -> bool:
        # what the sound begins with has nothing before it to be different from
        before = self.patches.rows(max(first - BEFORE[-1], 0), max(first - BEFORE[0] + 1, min(first, 1)))
        about = self.patches.rows(first, last)
        if not len(before) or not len(about):
            return False
        length = math.log((burst.last - burst.first) * FRAME_SECONDS)
        return (
            1 - likeness(about.mean(0)[: self._named], before.mean(0)[: self._named]) + LENGTH_WEIGHT * length
            >= self._change
        )

    def _extent(self, onset: Onset, following: int | None) -> Foreground:
        """How long an onset's sound stands out from what was before; the next onset ends it unless it
        lasts."""
        frames = self._frames.rows(onset.frame, onset.frame + LONG + JOIN)
        on = np.flatnonzero(standing_out(frames, onset.usual) > LOW_DB)
        gaps = np.flatnonzero(np.diff(on) >= JOIN)
        length = int(on[gaps[0] if len(gaps) else -1]) + 1 if len(on) else 1
        lasting = length >= LONG
        if following is not None and not lasting:
            length = min(length, following - onset.frame)
        start = onset.frame * FRAME_SECONDS
        return Foreground(start, start + length * FRAME_SECONDS, lasting)
