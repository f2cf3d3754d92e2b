"""The events of a sound as they are heard: where each is, its embedding, its keywords."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.audio import SILENT, AudioLimits, Clip, stream_windows
from earwitness.captioning.listener import strongest
from earwitness.common.arrays import Floats
from earwitness.encoders.base import SILENCE, AudioTextEncoder, SoundTagger, normalise
from earwitness.methods.base import Evidence, Heard
from earwitness.timeline.event import Event
from earwitness.timeline.options import EventOptions
from earwitness.timeline.patches import HOP_SECONDS, PATCH_SECONDS
from earwitness.timeline.segment import Segmenter, find_events

WINDOW_PATCHES = 20
BACKGROUND = "background"  # the note on what goes on, beneath what happens over it
LEAST_PIECE = 0.25  # seconds of an event in a window that are worth embedding


class EventListener:
    """Hears the events of sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
        One with tags over time finds the events itself; for another one the embedded model finds them, and
        the sound is read a second time.
    keywords : int
        Keywords an event.
    options : EventOptions
    """

    def __init__(self, encoder: AudioTextEncoder, keywords: int, options: EventOptions) -> None:
        self.encoder, self.keywords, self.options = encoder, keywords, options
        self.tagger = _tagger(encoder)

    def hear(self, source: Any, limits: AudioLimits, **reading: Any) -> list[Heard]:
        """The events of a sound in order; one without a vector where there are none.

        ``reading`` is handed on to ``stream_windows``.
        """
        seen = _Seen()
        hop = WINDOW_PATCHES * HOP_SECONDS
        size = hop + PATCH_SECONDS - HOP_SECONDS
        windows = stream_windows(source, self.tagger.rate, size, hop_seconds=hop, limits=limits, **reading)
        names = self.tagger.axis_names
        silence = names.index(SILENCE) if SILENCE in names else None
        segmenter = Segmenter(self.tagger.rate, self.tagger.embed_tags, len(names), silence, self.options)
        events = find_events(seen.passing(windows), hop, segmenter, self.tagger.patch_tags)
        if not events:
            return [
                Heard(seen.path, seen.start, seen.end, None, (), (SILENT, *seen.between(-np.inf, np.inf)))
            ]
        vectors = [e.vector for e in events]
        if self.encoder is not self.tagger:
            again = stream_windows(
                source, self.encoder.rate, self.encoder.window_seconds, limits=limits, **reading
            )
            vectors = _embedded(self.encoder, again, events)
        return [self._heard(e, v, seen) for e, v in zip(events, vectors, strict=True)]

    def _heard(self, event: Event, vector: Floats, seen: _Seen) -> Heard:
        named = event.tags[: len(self.tagger.axis_names)]
        words = strongest(self.tagger.axis_names, named, self.keywords)
        start, end = seen.start + event.start, seen.start + event.end
        kind = (BACKGROUND,) if event.background else ()
        # an event is cut where the sound changes, so its mean is near its best moment
        evidence = Evidence(named, named, end - start)
        return Heard(seen.path, start, end, vector, words, (*kind, *seen.between(start, end)), evidence)


def _tagger(encoder: AudioTextEncoder) -> Any:
    if isinstance(encoder, SoundTagger):
        return encoder
    from earwitness.encoders.tags.encoder import TagEncoder

    return TagEncoder()


class _Seen:
    """What passes by while windows are read: where the sound lies, and the notes on its parts."""

    def __init__(self) -> None:
        self.path, self.start, self.end = "", 0.0, 0.0
        self._notes: list[tuple[float, float, str]] = []

    def passing(self, windows: Iterable[Clip]) -> Iterator[Clip]:
        for i, clip in enumerate(windows):
            if i == 0:
                self.path, self.start = clip.source, clip.start
            self.end = clip.end
            self._notes += [(clip.start, clip.end, n) for n in clip.notes if n != SILENT]
            yield clip

    def between(self, start: float, end: float) -> tuple[str, ...]:
        """Notes on what lies between two times."""
        return tuple(dict.fromkeys(n for a, z, n in self._notes if a < end and z > start))


def _embedded(encoder: AudioTextEncoder, windows: Iterable[Clip], events: list[Event]) -> list[Floats]:
    """Each event's embedding by another encoder: the mean of its pieces in the sound's windows."""
    totals: dict[int, npt.NDArray[np.float64]] = {}
    first: float | None = None
    for clip in windows:
        first = clip.start if first is None else first
        begin = clip.start - first
        for i, event in enumerate(events):
            a, z = max(event.start, begin), min(event.end, begin + clip.seconds)
            if z - a < min(LEAST_PIECE, event.seconds / 2):
                continue
            piece = clip.samples[round((a - begin) * clip.rate) : round((z - begin) * clip.rate)]
            if len(piece):
                vector = encoder.embed_audio([Clip(piece, clip.rate)])[0] * (z - a)
                totals[i] = totals[i] + vector if i in totals else vector.astype(np.float64)
    blank = np.zeros(encoder.dim)
    return [normalise(totals.get(i, blank)) for i in range(len(events))]
