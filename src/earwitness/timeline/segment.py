"""From the windows of a sound to its events, in one pass and in memory that stays flat."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from earwitness.audio import Clip
from earwitness.common.arrays import Floats
from earwitness.timeline.arrange import arranged
from earwitness.timeline.event import Embed, Event, TagMean
from earwitness.timeline.foreground import BEFORE, Foreground, ForegroundFinder
from earwitness.timeline.levels import BandLevels
from earwitness.timeline.options import EventOptions
from earwitness.timeline.patches import HOP_SECONDS, LEAST_SECONDS, PATCH_SECONDS
from earwitness.timeline.steady import Backgrounds

QUIET_LEAST = 0.5  # P(Silence) from which a patch is quiet
KEPT = 8  # patches before the current one that a burst may be compared with


class Segmenter:
    """Finds the events of a sound whose windows come one after the other.

    Parameters
    ----------
    rate : int
        Of the windows, in Hz.
    embed : callable
        The encoder's ``embed_tags``: tags of windows (windows, axes) to a unit vector (dim,).
    named : int
        How many of the axes, from the first on, are sounds to be told from each other.
    silence : int, optional
        The axis that means silence.
    options : EventOptions
    """

    def __init__(
        self,
        rate: int,
        embed: Embed,
        named: int,
        silence: int | None = None,
        options: EventOptions | None = None,
    ) -> None:
        self.options = options or EventOptions()
        self._embed, self._silence = embed, silence
        self._levels = BandLevels(rate)
        self._finder = ForegroundFinder(self.options.change, named)
        self._backgrounds = Backgrounds(self.options.background_change, embed, named, self._finder.rise)
        self._known: list[Foreground] = []
        self._patch = 0
        self._samples, self._rate = 0, rate

    @property
    def seconds(self) -> float:
        """Length of the sound so far."""
        return self._samples / self._rate

    def push(self, samples: Floats, tags: Floats) -> Iterator[Event]:
        """New samples (n,) and the tags of the patches that begin in them -> events known by now,
        unordered."""
        self._samples += len(samples)
        self._known += self._finder.push(self._levels.push(samples), tags)
        yield from self._walk(self._finder.settled)

    def finish(self) -> Iterator[Event]:
        """The events that the sound's end ends."""
        nothing = self._finder.patches.rows(0, 0)
        self._known += self._finder.push(self._levels.finish(), nothing)
        self._known += self._finder.finish()
        yield from self._walk(math.inf)
        yield from self._backgrounds.finish(self.seconds)

    def _walk(self, settled: float) -> Iterator[Event]:
        """Hand the patches that end before ``settled`` to the backgrounds, and the events over them on."""
        patches = self._finder.patches
        while self._patch < patches.end and (self._patch + 2) * HOP_SECONDS <= settled:
            yield from self._step(self._patch, patches.rows(self._patch, self._patch + 1)[0])
            self._patch += 1
        if settled == math.inf:
            for rest in self._known:
                yield from self._told(rest)
            self._known = []
        patches.forget(min([self._patch - KEPT, *(f.patches[0] for f in self._known)]))

    def _step(self, at: int, tags: Floats) -> Iterator[Event]:
        reached = at * HOP_SECONDS + PATCH_SECONDS - LEAST_SECONDS
        for known in list(self._known):
            if known.start <= reached if known.lasting else known.patches[1] <= at:
                self._known.remove(known)
                yield from self._told(known)
        covered = any(f.patches[0] <= at < f.patches[1] for f in self._known if not f.lasting)
        quiet = self._silence is not None and tags[self._silence] >= QUIET_LEAST
        yield from self._backgrounds.push(at, tags, quiet=bool(quiet), covered=covered)

    def _told(self, known: Foreground) -> Iterator[Event]:
        if known.lasting:
            yield from self._backgrounds.cut(known.start, abrupt=True)
            return
        patches, (first, last) = self._finder.patches, known.patches
        mean = TagMean(self._embed)
        # what is heard in it, less what was heard before it: the rain that a bark lies over is not the bark
        under = patches.rows(max(first - BEFORE[-1], 0), max(first - BEFORE[0] + 1, 1))
        for tags in patches.rows(first, last):
            mean.add(tags)
        if mean.count:
            yield mean.event(known.start, known.end, False, under.mean(0) if len(under) else None)


def find_events(
    windows: Iterable[Clip], hop_seconds: float, segmenter: Segmenter, tags: Callable[[Clip], Floats]
) -> list[Event]:
    """Events of a whole sound, in order of their beginnings.

    Parameters
    ----------
    windows : iterable of Clip
        Consecutive windows; all but the last overlap the next one beyond ``hop_seconds``.
    hop_seconds : float
        From the start of one window to that of the next: a whole number of patches.
    segmenter : Segmenter
        A fresh one.
    tags : callable
        Tags of the patches that begin within a window's hop: (patches, axes).
    """
    events: list[Event] = []
    for clip, new in stepped(windows, hop_seconds):
        events += segmenter.push(new, tags(clip))
    events += segmenter.finish()
    return arranged(events, segmenter.seconds, segmenter.options)


def stepped(windows: Iterable[Clip], hop_seconds: float) -> Iterator[tuple[Clip, Floats]]:
    """Windows that overlap, each with what only it brings: its first hop, or all of it if it is the last."""
    waiting: Clip | None = None
    for clip in windows:
        if waiting is not None:
            yield waiting, waiting.samples[: round(hop_seconds * waiting.rate)]
        waiting = clip
    if waiting is not None:
        yield waiting, waiting.samples
