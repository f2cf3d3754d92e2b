"""From any source to checked windows of mono sound at one rate, in memory that stays flat."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import tee

import numpy as np

from earwitness.audio.clip import Clip
from earwitness.audio.decode import decoding
from earwitness.audio.decoders.streams import Wanted
from earwitness.audio.limits import AudioLimits
from earwitness.audio.samples import SILENT, Samples, Wide
from earwitness.audio.sources import Source, name_of
from earwitness.audio.stream import Noticed, mono_blocks, resampled
from earwitness.common.errors import OptionError

MIN_TAIL_SECONDS = 0.1
"""A window that would bring less new sound than this is appended to the one before it: too short to be heard
as anything, too real to be dropped. At most half a window, so that tiny windows still end where they should.
"""

DEFAULT_LIMITS = AudioLimits()


def stream_windows(
    source: Source,
    rate: int,
    window_seconds: float,
    *,
    hop_seconds: float | None = None,
    limits: AudioLimits = DEFAULT_LIMITS,
    stream: Wanted = None,
    wide: int | None = None,
) -> Iterator[Clip]:
    """Read a sound as consecutive windows, holding no more than a window of it.

    Every sample is in a window; no window is padded, empty, or lies within the one before it. The last one
    may be shorter, or longer by less than ``MIN_TAIL_SECONDS``. What is known only at the end of the sound,
    ``truncated`` and ``partly unreadable``, is a note of the last window. Times are those of the file: a
    sound that begins 20 s into a film has its first window there, and gaps in a stream are silence.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
        Arrays are (frames,) or (frames, channels). A Clip's windows keep its place in its file.
    rate : int
        Sample rate of the windows, in Hz.
    window_seconds : float
        Length of a window, in seconds.
    hop_seconds : float, optional
        From the start of one window to the next, in seconds; the window's length unless given, never more.
    limits : AudioLimits
        The largest sound that is read.
    stream : int or str, optional
        Which of several audio streams: its number, from 1, or its language, such as ``"eng"`` or ``"de"``;
        the container's default one unless given, and then a note of the first window says so.
    wide : int, optional
        Least rate, in Hz, of a recording whose windows also carry their stretch at its own rate
        (``Clip.wide``), for whoever needs what resampling takes away; unless given, none do.

    Yields
    ------
    Clip
        (n,) float32 at ``rate``, n = window_seconds × rate but for the last.

    Raises
    ------
    AudioError
        From the first ``next`` on; the message names the source. AudioLimitError comes where the limit is
        passed, after the windows before it.
    OptionError
        A window or a hop that cannot be.

    Examples
    --------
    >>> sound = (np.zeros(16000 * 5, dtype=np.float32), 16000)
    >>> [clip.seconds for clip in stream_windows(sound, 16000, 2.0)]
    [2.0, 2.0, 1.0]
    """
    rate = _checked_rate(rate)
    window, hop = _checked_plan(rate, window_seconds, hop_seconds)
    return _windows(source, rate, window, hop, limits, stream, wide)


def read_clip(
    source: Source, rate: int | None, *, limits: AudioLimits = DEFAULT_LIMITS, stream: Wanted = None
) -> Clip:
    """Read a whole sound: the same samples as all its windows put together.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
    rate : int or None
        Sample rate of the clip, in Hz; None keeps the sound's own.
    limits : AudioLimits
        The largest sound that is read; all of it is held in memory.
    stream : int or str, optional
        As for ``stream_windows``.

    Raises
    ------
    AudioError
        The message names the source.

    Examples
    --------
    >>> read_clip((np.zeros((8000, 2)), 8000), 16000).samples.shape
    (16000,)
    """
    target = None if rate is None else _checked_rate(rate)
    noticed = Noticed()
    with decoding(source, limits, stream) as decoder:
        target = target or decoder.rate
        mono = mono_blocks(decoder, name_of(source), limits, noticed)
        parts = list(resampled(mono, decoder.rate, target))
        return _clip(np.concatenate(parts), target, 0, decoder.start, source, noticed, last=True)


def _windows(
    source: Source,
    rate: int,
    window: int,
    hop: int,
    limits: AudioLimits,
    stream: Wanted,
    wide: int | None,
) -> Iterator[Clip]:
    tail = max(1, min(round(MIN_TAIL_SECONDS * rate), window // 2))
    noticed = Noticed()
    with decoding(source, limits, stream) as decoder:
        mono = mono_blocks(decoder, name_of(source), limits, noticed)
        beside: Beside | None = None
        if wide is not None and decoder.rate >= wide:
            mono, recorded = tee(mono)
            beside = Beside(recorded, decoder.rate)
        for first, samples, last in cut(resampled(mono, decoder.rate, rate), window, hop, tail):
            whole = beside.stretch(first / rate, (first + len(samples)) / rate) if beside else None
            yield _clip(samples, rate, first, decoder.start, source, noticed, last=last, wide=whole)


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


def cut(parts: Iterator[Samples], window: int, hop: int, tail: int) -> Iterator[tuple[int, Samples, bool]]:
    """Cut a stream of samples into windows: (index of the first sample, samples, whether it is the last).

    A window goes out once ``tail`` samples beyond its end have arrived, for only then is it sure that another
    one follows and brings at least that much:

        |<---------- window ---------->|<- tail ->|
        first                                          known: emit, move on by hop
        |<---------- window ---------->|<-- ]          the end: the rest goes out as one, the last

    So the rest is never empty (at least ``tail`` new samples lie beyond the previous window), and never
    longer than ``window + tail - 1``. A sound of exactly n windows gives n.

    >>> [(i, len(s), last) for i, s, last in cut(iter([np.zeros(7, np.float32)]), 3, 3, 1)]
    [(0, 3, False), (3, 3, False), (6, 1, True)]
    >>> [(i, len(s), last) for i, s, last in cut(iter([np.zeros(7, np.float32)]), 3, 3, 2)]
    [(0, 3, False), (3, 4, True)]
    """
    held: list[Samples] = []
    count = first = 0
    for part in parts:
        held.append(part)
        count += len(part)
        if count < window + tail:
            continue
        buffer = np.concatenate(held)
        begin = 0
        while count - begin >= window + tail:
            yield first, buffer[begin : begin + window].copy(), False
            begin += hop
            first += hop
        # a copy, so that a long block is not kept alive by the few samples left of it
        held = [buffer[begin:].copy()]
        count -= begin
    if count:
        yield first, np.concatenate(held), True


def _clip(
    samples: Samples,
    rate: int,
    first: int,
    start: float,
    source: Source,
    noticed: Noticed,
    *,
    last: bool,
    wide: Wide | None = None,
) -> Clip:
    begin, end = first / rate, (first + len(samples)) / rate
    notes = noticed.notes(samples, begin, end=end, last=last)
    if isinstance(source, Clip):
        start = source.start
        notes += tuple(note for note in source.notes if last and not note.startswith((SILENT, "short")))
    return Clip(samples, rate, start + begin, name_of(source), tuple(dict.fromkeys(notes)), wide)


def _checked_rate(rate: int) -> int:
    if isinstance(rate, bool) or not isinstance(rate, int | np.integer) or rate <= 0:
        raise OptionError(f"rate is a positive whole number of Hz, not {rate!r}.")
    return int(rate)


def _checked_plan(rate: int, window_seconds: float, hop_seconds: float | None) -> tuple[int, int]:
    """Window and hop in samples."""
    for name, value in (("window_seconds", window_seconds), ("hop_seconds", hop_seconds)):
        if value is not None and not (math.isfinite(value) and value * rate >= 1):
            raise OptionError(f"{name} is at least one sample (1/{rate} s), not {value!r}.")
    hop_seconds = window_seconds if hop_seconds is None else hop_seconds
    if hop_seconds > window_seconds:
        raise OptionError(
            f"hop_seconds is at most window_seconds ({window_seconds:g}), or samples would be skipped,"
            f" not {hop_seconds:g}."
        )
    return round(window_seconds * rate), round(hop_seconds * rate)
