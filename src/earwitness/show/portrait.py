"""What a picture of a sound shows, gathered in one pass over it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from earwitness.audio import AudioLimits, stream_windows
from earwitness.common.arrays import Floats
from earwitness.common.caption import Caption
from earwitness.encoders.base import SILENCE, AudioTextEncoder, SoundTagger
from earwitness.show.shrinking import Shrinking
from earwitness.timeline.patches import HOP_SECONDS, PATCH_SECONDS
from earwitness.timeline.segment import stepped

WINDOW_PATCHES = 20
COLUMNS = 2400  # of the spectrogram and the waveform, at most
POINTS = 1200  # of a curve, at most
CURVES = 8
FRAME = 320  # samples at 16 kHz: 20 ms
FFT = 1024
ROWS = 160
LOWEST = 50.0  # Hz
MOST_SOUND_SECONDS = 2 * 3600  # that is carried inside a page
MOST_SOUND_BYTES = 40_000_000  # bytes of sound in a page, at most


@dataclass(frozen=True)
class Curve:
    """A keyword over time: its greatest probability in each of equal stretches."""

    name: str
    values: Floats


@dataclass(frozen=True)
class Portrait:
    """A sound to be drawn.

    ``start`` is where it lies in its film. ``levels`` is its spectrogram in dB below the loudest point
    (rows, columns), highest band first; ``peaks`` the greatest sample of each column, 0..1.
    """

    name: str
    start: float
    seconds: float
    levels: Floats
    peaks: Floats
    curves: tuple[Curve, ...]
    events: tuple[Caption, ...]
    # the sound itself as MP3, for the player; empty where it is too long
    sound: bytes = field(default=b"", repr=False)

    @property
    def said(self) -> tuple[Caption, ...]:
        """The events about which something is said."""
        return tuple(e for e in self.events if e.text)


def portrait(
    source: Any,
    name: str,
    events: Sequence[Caption],
    tagger: SoundTagger | None,
    rate: int,
    limits: AudioLimits | None = None,
    **reading: Any,
) -> Portrait:
    """Gather what is drawn of a sound.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
    name : str
        What the picture calls it.
    events : sequence of Caption
        As the captioner gives them.
    tagger : SoundTagger, optional
        Whose tags are drawn as curves.
    rate : int
        At which the sound is read, in Hz; the tagger's where there is one.
    limits : AudioLimits, optional
    **reading
        Handed on to ``stream_windows``.
    """
    picture, tags = _Gathered(rate), Shrinking(POINTS)
    hop = WINDOW_PATCHES * HOP_SECONDS
    size = hop + PATCH_SECONDS - HOP_SECONDS
    windows = stream_windows(source, rate, size, hop_seconds=hop, limits=limits or AudioLimits(), **reading)
    with _Player(rate) as player:
        for clip, new in stepped(windows, hop):
            picture.add(clip.start, new)
            player.add(new)
            if tagger is not None:
                tags.push(tagger.patch_tags(clip))
    curves = () if tagger is None else _curves(tags.rows(), tagger.axis_names, events)
    return Portrait(
        name=name,
        start=picture.start,
        seconds=picture.seconds,
        levels=picture.levels(),
        peaks=picture.peaks(),
        curves=curves,
        events=tuple(events),
        sound=player.sound,
    )


def tagger_of(encoder: AudioTextEncoder) -> SoundTagger | None:
    """The encoder, if it has tags over time."""
    return encoder if isinstance(encoder, SoundTagger) else None


def _curves(tags: Floats, names: Sequence[str], events: Sequence[Caption]) -> tuple[Curve, ...]:
    """What the events were heard by, then what is likeliest for longest; silence is none."""
    named = tags[:, : len(names)]
    first = [e.keywords[0].text for e in events if e.keywords]
    often = [names[i] for i in np.argsort(-named.sum(0), kind="stable")[:CURVES]]
    wanted = [n for n in dict.fromkeys([*first, *often]) if n in names and n != SILENCE]
    shown = [names.index(n) for n in wanted]
    return tuple(Curve(names[i], named[:, i]) for i in shown if named[:, i].max() >= 0.1)[:CURVES]


class _Gathered:
    """Spectrogram and waveform of windows that pass by."""

    def __init__(self, rate: int) -> None:
        self.rate, self.start, self.seconds = rate, 0.0, 0.0
        self._levels, self._peaks = Shrinking(COLUMNS), Shrinking(COLUMNS)
        self._window = np.hanning(FFT).astype(np.float32)

    def add(self, start: float, samples: Floats) -> None:
        """The next samples; the first of them tell where the sound begins."""
        self.start = self.start if self.seconds else start
        self.seconds += len(samples) / self.rate
        padded = np.pad(samples, (FFT // 2, FFT // 2))
        frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[: len(samples) : FRAME]
        self._levels.push(self._bands(np.abs(np.fft.rfft(frames * self._window, axis=1)) ** 2))
        whole = np.pad(np.abs(samples), (0, -len(samples) % FRAME))
        self._peaks.push(whole.reshape(-1, FRAME).max(1, keepdims=True))

    def _bands(self, power: Floats) -> Floats:
        """Rows equally spaced on a scale that is linear for low tones and logarithmic for high ones, as
        hearing is."""
        low, high = (np.arcsinh(hertz / 400) for hertz in (LOWEST, self.rate / 2))
        places = 400 * np.sinh(np.linspace(high, low, ROWS)) * FFT / self.rate
        below = np.clip(places.astype(np.int64), 0, power.shape[1] - 2)
        share = np.clip(places - below, 0, 1)
        rows = power[:, below] * (1 - share) + power[:, below + 1] * share
        return np.asarray(10 * np.log10(rows + 1e-10), np.float32)

    def levels(self) -> Floats:
        rows = self._levels.rows()
        return np.asarray((rows - max(float(rows.max()), -60.0)).T, np.float32)

    def peaks(self) -> Floats:
        return np.asarray(np.minimum(self._peaks.rows()[:, 0], 1.0))


class _Player:
    """The sound as MP3, which every browser plays, made piece by piece."""

    def __init__(self, rate: int) -> None:
        import soundfile

        self._rate, self._data, self._seconds = rate, io.BytesIO(), 0.0
        self.sound = b""
        self._file = soundfile.SoundFile(self._data, "w", rate, 1, format="MP3", subtype="MPEG_LAYER_III")

    def add(self, samples: Floats) -> None:
        """The next samples."""
        self._seconds += len(samples) / self._rate
        if self._seconds <= MOST_SOUND_SECONDS:
            self._file.write(samples)

    def __enter__(self) -> _Player:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        data = self._data.getvalue()
        fits = self._seconds <= MOST_SOUND_SECONDS and len(data) <= MOST_SOUND_BYTES
        self.sound = data if fits else b""
