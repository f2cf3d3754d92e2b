"""Sound descriptions woven between spoken cues.

Rules, in this order, for each description in order of time:

1. It stands where its sound is, if nothing spoken stands there for as long as it takes to read it; it ends
   early rather than touch what is spoken.
2. Else it is moved to the nearest place with room for it, at most ``Rules.moved`` away.
3. Else it shares the cue of the nearest description, if that is near, both fit its lines, and there is
   time to read both.
4. Else it is moved to the nearest place with room, however far: none is lost.

Between any two cues lies ``Rules.gap``. What is spoken stays as it is.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import replace

from earwitness.timeline.subtitles.rules import Cue, Rules, together

NEAR = 5000
"""Milliseconds within which descriptions share a cue."""
FOREVER = 1 << 62


class Places:
    """The stretches of time in which nothing stands."""

    def __init__(self, taken: Iterable[tuple[int, int]], gap: int) -> None:
        self._gap = gap
        self._free: list[tuple[int, int]] = []
        place = 0
        for start, end in sorted(taken):
            if start - gap > place:
                self._free.append((place, start - gap))
            place = max(place, end + gap)
        self._free.append((place, FOREVER))

    def nearest(self, start: int, need: int) -> tuple[int, int]:
        """The moment nearest to ``start`` at which ``need`` milliseconds are free, and where that freedom
        ends."""
        best: tuple[int, int, int] | None = None
        middle = bisect_left(self._free, (start, FOREVER))
        for step in range(len(self._free)):
            around = {middle + step, middle - 1 - step}
            reach = [self._free[i] for i in around if 0 <= i < len(self._free)]
            for a, z in reach:
                if z - a >= need:
                    at = min(max(start, a), z - need)
                    best = min(best or (FOREVER, 0, 0), (abs(at - start), at, z))
            # nothing farther out can be nearer than what lies between
            if best is not None and all(max(a - start, start - z) > best[0] for a, z in reach):
                break
        assert best is not None  # after the last cue there is room without end
        return best[1], best[2]

    def take(self, start: int, end: int) -> None:
        """Let something stand from ``start`` to ``end``."""
        i = next(k for k, (a, z) in enumerate(self._free) if a <= start and end <= z)
        a, z = self._free.pop(i)
        for part in ((a, start - self._gap), (end + self._gap, z)):
            if part[1] > part[0]:
                insort(self._free, part)

    def room_after(self, end: int) -> int:
        """Until when a cue that ends at ``end`` might go on."""
        after = end + self._gap
        return next((z for a, z in self._free if a <= after < z), end)


def woven(sounds: Sequence[Cue], spoken: Iterable[tuple[int, int]], rules: Rules | None = None) -> list[Cue]:
    """Places for sound descriptions among what is spoken, by the rules above.

    Parameters
    ----------
    sounds : sequence of Cue
    spoken : iterable of (int, int)
        Begin and end of each spoken cue, in milliseconds.
    rules : Rules, optional

    Returns
    -------
    list of Cue
        The descriptions alone, in order of time; none over another or over a spoken cue.

    Examples
    --------
    >>> woven([Cue(1500, 3000, "[dog barking]")], [(1000, 2000), (4000, 9000)])
    [Cue(start=2084, end=3584, text='[dog barking]')]
    """
    rules = rules or Rules()
    places = Places(spoken, rules.gap)
    out: list[Cue] = []
    for cue in sorted(sounds, key=lambda c: c.start):
        need = rules.need(cue.text)
        at, until = places.nearest(cue.start, need)
        if abs(at - cue.start) > rules.moved and _shared(out, cue, places, rules):
            continue
        length = min(max(cue.end - cue.start, need), rules.most, until - at)
        places.take(at, at + length)
        insort(out, replace(cue, start=at, end=at + length), key=lambda c: c.start)
    return out


def _shared(out: list[Cue], cue: Cue, places: Places, rules: Rules) -> bool:
    """Put a description into the nearest one's cue, if that can be."""
    near = [i for i, c in enumerate(out) if abs(c.start - cue.start) <= NEAR]
    for i in sorted(near, key=lambda i: abs(out[i].start - cue.start)):
        other = out[i]
        both = together(other.text, cue.text, rules)
        if both is None:
            continue
        end = max(other.end, other.start + rules.need(both))
        if end > other.end and end > places.room_after(other.end):
            continue
        if end > other.end:
            places.take(other.end + rules.gap, end)
        out[i] = replace(other, end=end, text=both)
        return True
    return False
