"""From windows of sound to what was heard: an embedding, keywords, notes; flat memory at any length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from earwitness.audio import SILENT, Clip
from earwitness.captioning.gathered import Gathered
from earwitness.common.arrays import Floats
from earwitness.common.caption import Keyword
from earwitness.encoders.base import AudioTextEncoder, HasViews, SoundTagger, normalise
from earwitness.methods.base import Evidence, Heard

KEYWORD_LEAST = 0.02  # mean probability below which a class is not named as heard


def plan_windows(window_seconds: float, segments: float | None) -> tuple[float, int | None]:
    """Length of the windows to read, and how many make a stretch (None: all of them).

    A stretch longer than the encoder's window is cut into equal windows, so that both end together.

    >>> plan_windows(10, None), plan_windows(10, 4), plan_windows(10, 15)
    ((10, None), (4.0, 1), (7.5, 2))
    """
    if segments is None:
        return window_seconds, None
    count = math.ceil(segments / window_seconds)
    return segments / count, count


def stretches(windows: Iterable[Clip], count: int | None) -> Iterator[Iterator[Clip]]:
    """Group windows by ``count``, lazily; each group has to be used up before the next is asked for.

    >>> [list(group) for group in stretches("abcde", 2)]
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    source = iter(windows)
    for first in source:
        yield chain([first], source if count is None else islice(source, count - 1))


def strongest(
    names: Sequence[str], probabilities: npt.NDArray[np.floating], count: int
) -> tuple[Keyword, ...]:
    """The likeliest of the named axes, best first, none below ``KEYWORD_LEAST``: (axes,) -> keywords.

    >>> [k.text for k in strongest(["Rain", "Dog"], np.array([0.1, 0.9, 1.0]), 5)]
    ['Dog', 'Rain']
    """
    best = np.argsort(-probabilities[: len(names)], kind="stable")[:count]
    return tuple(
        Keyword(names[i], float(probabilities[i])) for i in best if probabilities[i] >= KEYWORD_LEAST
    )


class Listener:
    """Hears stretches of sound with an encoder.

    Parameters
    ----------
    encoder : AudioTextEncoder
    keywords : int
        Keywords a stretch.
    """

    def __init__(self, encoder: AudioTextEncoder, keywords: int) -> None:
        self.encoder, self.keywords = encoder, keywords

    def hear(self, windows: Iterator[Clip]) -> Heard:
        """Listen to the windows of one stretch.

        Silent windows are passed over: they would pull the mean of the others towards nothing. A stretch of
        silence only has no vector.
        """
        total, start, end, path = _Mean(), 0.0, 0.0, ""
        notes: dict[str, None] = {}
        silent_seconds, first = 0.0, True
        for clip in windows:
            if first:
                start, path, first = clip.start, clip.source, False
            end = clip.end
            notes.update(dict.fromkeys(n for n in clip.notes if n != SILENT))
            if SILENT in clip.notes:
                silent_seconds += clip.seconds
            else:
                self._add(total, clip)
        if total.count == 0:
            return Heard(path, start, end, None, (), (SILENT, *notes))
        if silent_seconds:
            notes = {f"{SILENT}: {silent_seconds:.1f} s of {end - start:.1f} s": None, **notes}
        heard = Heard(
            path, start, end, total.unit(), self._keywords(total), tuple(notes), self._evidence(total)
        )
        return self._with_views(heard, total)

    def _with_views(self, heard: Heard, total: _Mean) -> Heard:
        """The same with all else that the encoder tells of the stretch."""
        if not isinstance(self.encoder, HasViews):
            return heard
        views = self.encoder.embed_views(total.gathered.patches())
        # the whole is the mean of the windows' vectors, as every encoder has it
        views = np.concatenate([total.unit()[None], views[1:]])
        second = np.asarray(np.mean(total.second, 0), np.float32) if total.second else None
        return replace(
            heard, views=views, surest=total.gathered.surest(), second=second, brief=total.gathered.brief
        )

    def _add(self, total: _Mean, clip: Clip) -> None:
        if isinstance(self.encoder, HasViews):
            windows, patches, second = self.encoder.hear(clip)
            total.gathered.add(patches)
            total.second += [second] if len(second) else []
        elif isinstance(self.encoder, SoundTagger):
            # a clip is a window here, so the mean over its patches is its row of window_tags
            patches = self.encoder.patch_tags(clip)
            windows = patches.mean(0)[None]
        else:
            total.add(self.encoder.embed_audio([clip])[0], None)
            return
        total.sound(patches.max(0), clip.seconds, float(np.abs(clip.samples).max(initial=0.0)))
        for tags in windows:
            total.add(self.encoder.embed_tags(tags[None]), tags)

    def _keywords(self, total: _Mean) -> tuple[Keyword, ...]:
        if not self.keywords:
            return ()  # matching asks for none: the names need not be embedded
        if total.tags is None or not isinstance(self.encoder, SoundTagger):
            from earwitness.methods.prompting.keywords import nearest_keywords

            return nearest_keywords(self.encoder, total.unit(), self.keywords)
        return strongest(self.encoder.axis_names, total.tags / total.count, self.keywords)

    def _evidence(self, total: _Mean) -> Evidence | None:
        if total.tags is None or total.peaks is None or not isinstance(self.encoder, SoundTagger):
            return None
        names = len(self.encoder.axis_names)
        mean = (total.tags[:names] / total.count).astype(np.float32)
        return Evidence(mean, total.peaks[:names], total.seconds, total.loudest)


class _Mean:
    """Running sums of the windows' vectors and tags."""

    def __init__(self) -> None:
        self.count, self.seconds, self.loudest = 0, 0.0, 0.0
        self.peaks: Floats | None = None
        self.vector: Floats | None = None
        self.tags: Floats | None = None
        self.gathered = Gathered()
        self.second: list[Floats] = []

    def add(self, vector: Floats, tags: Floats | None) -> None:
        self.count += 1
        self.vector = vector.astype(np.float64) if self.vector is None else self.vector + vector
        if tags is not None:
            self.tags = tags.astype(np.float64) if self.tags is None else self.tags + tags

    def sound(self, peaks: Floats, seconds: float, loudest: float) -> None:
        self.seconds += seconds
        self.loudest = max(self.loudest, loudest)
        self.peaks = peaks if self.peaks is None else np.maximum(self.peaks, peaks)

    def unit(self) -> Floats:
        assert self.vector is not None
        return normalise(self.vector)
