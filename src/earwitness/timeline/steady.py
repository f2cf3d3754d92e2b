"""What goes on: stretches of background, cut where the tags change for long and where silence falls.

Patches under a foreground event are left out, so a background goes on beneath a bark. Between the others a
change point is where the mean tags of the next four seconds differ most from those of the last four.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.timeline.event import Embed, Event, TagMean
from earwitness.timeline.patches import HOP_SECONDS, LEAST_SECONDS, PATCH_SECONDS, likeness

SIDE = 8  # patches on either side of a change point
NEAR = 6  # patches within which only the greatest change counts
QUIET = 2  # quiet patches in a row that end a background
LEAST = 3  # patches; a shorter rest beside a foreground event is its echo


class Backgrounds:
    """Background events of a sound whose patches come one by one.

    Parameters
    ----------
    change : float
        How much the tags must change, 0..1.
    embed : callable
        The encoder's ``embed_tags``.
    named : int
        How many of the tags, from the first on, are compared.
    rise : callable
        Where in a patch after silence the sound rises, in seconds.
    """

    def __init__(self, change: float, embed: Embed, named: int, rise: Callable[[int], float]) -> None:
        self._change, self._embed, self._named, self._rise = change, embed, named, rise
        self._begin(0.0)
        self._quiet = QUIET - 1  # nothing was heard before the beginning
        self._covered = False

    def _begin(self, start: float) -> None:
        self._start = start
        self._mean = TagMean(self._embed)
        # free patches that no decision has been made on yet, and how much changes at each
        self._free: list[tuple[int, Floats]] = []
        self._changes: list[float] = []
        self._decided = 0
        self._echo = False

    def push(self, patch: int, tags: Floats, *, quiet: bool, covered: bool) -> Iterator[Event]:
        """One patch -> the events that have ended before it."""
        before, self._covered = self._covered, covered
        if covered:
            # so little before an event is the event's own beginning
            self._echo |= len(self._free) + self._mean.count < LEAST
            return
        if quiet:
            self._quiet += 1
            if self._quiet == QUIET:
                yield from self.cut((patch - QUIET + 1) * HOP_SECONDS + LEAST_SECONDS)
            return
        if self._quiet >= QUIET or not (self._free or self._mean.count):
            self._start = max(self._start, self._rise(patch))
        self._quiet = 0
        self._echo |= before and not self._free
        self._free.append((patch, tags))
        yield from self._weigh()

    def finish(self, time: float) -> Iterator[Event]:
        """End what goes on where the sound ends, all patches with it."""
        event = self._event(self._free, time)
        self._begin(time)
        if event is not None:
            yield event

    def cut(self, time: float, *, abrupt: bool = False) -> Iterator[Event]:
        """End what goes on at a time, in seconds; patches that lie beyond it begin the next.

        Where another sound begins ``abrupt``ly, the little that was heard since silence is its beginning.
        """
        self._echo |= abrupt
        before = [x for x in self._free if x[0] * HOP_SECONDS + PATCH_SECONDS - LEAST_SECONDS <= time]
        after = self._free[len(before) :]
        event = self._event(before, time)
        self._begin(time)
        self._free = after
        if event is not None:
            yield event

    def _event(self, free: list[tuple[int, Floats]], end: float) -> Event | None:
        for _, tags in free:
            self._mean.add(tags)
        count = self._mean.count
        if not count or end <= self._start or (count < LEAST and (self._echo or self._covered)):
            return None
        return self._mean.event(self._start, end, True)

    def _weigh(self) -> Iterator[Event]:
        """Look for a change point once enough patches lie on both sides of it."""
        while len(self._free) >= len(self._changes) + SIDE:
            at = len(self._changes)
            # the patch just before lies over both sides
            parts = self._free[max(at - 1 - SIDE, 0) : max(at - 1, 0)], self._free[at : at + SIDE]
            sides = [np.mean([t[: self._named] for _, t in part], 0) for part in parts if part]
            self._changes.append(1 - likeness(*sides) if at >= min(SIDE, 4) and len(sides) == 2 else 0.0)
        while len(self._changes) >= self._decided + NEAR + 1:
            at = self._decided
            near = self._changes[max(at - NEAR, 0) : at + NEAR + 1]
            if self._changes[at] >= self._change and self._changes[at] == max(near):
                yield from self.cut(self._free[at][0] * HOP_SECONDS + PATCH_SECONDS / 2)
                return
            self._decided += 1
            if at >= SIDE + NEAR:
                self._mean.add(self._free.pop(0)[1])
                self._changes.pop(0)
                self._decided -= 1
