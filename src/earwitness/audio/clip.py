"""The Clip: a stretch of mono sound, validated once, when it is made."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.audio.decoders.arrays import ArrayDecoder
from earwitness.audio.limits import AudioLimits
from earwitness.audio.samples import Samples, Wide, check_finite
from earwitness.audio.stream import Noticed, mono_blocks
from earwitness.common.errors import EmptyAudioError, InvalidSamplesError


@dataclass(frozen=True, eq=False)
class Clip:
    """A stretch of mono sound.

    Parameters
    ----------
    samples : (n,) float32 array, n ≥ 1, finite, within [-1, 1]
        The sound. Kept as given, not copied.
    rate : int
        Samples per second, in Hz.
    start : float
        Where the first sample lies in the file, in seconds.
    source : str
        Where the sound came from: a path, or a word in angle brackets.
    notes : tuple of str
        What was noticed while reading. Each begins with a code word: ``silent``, ``clipped``,
        ``scaled: ...``, ``out of phase: ...``, ``truncated: ...``, ``partly unreadable: ...``,
        ``gap: ...``, ``stream: ...``, ``short: ...``.
    wide : Wide, optional
        The same stretch at the recording's own rate, where that was asked for and is high enough.

    Raises
    ------
    InvalidSamplesError
        The samples have another type or shape, leave [-1, 1], or hold NaN or infinity; or the rate is not
        a positive whole number, or the start not a finite one.
    EmptyAudioError
        There are no samples.

    Examples
    --------
    >>> clip = Clip(np.zeros(8000, dtype=np.float32), 16000, start=10.0)
    >>> clip.seconds, clip.end
    (0.5, 10.5)
    """

    samples: Samples
    rate: int
    start: float = 0.0
    source: str = "<array>"
    notes: tuple[str, ...] = ()
    wide: Wide | None = None

    def __post_init__(self) -> None:
        _check_rate(self.rate, self.source)
        _check_samples(self.samples, self.rate, self.source)
        if not math.isfinite(self.start):
            raise InvalidSamplesError(
                f"{self.source}: a clip starts at a finite second, not at {self.start}."
            )

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.rate

    @property
    def end(self) -> float:
        """Where the clip ends in the file, in seconds."""
        return self.start + self.seconds

    @classmethod
    def from_array(cls, samples: npt.ArrayLike, rate: int, *, source: str = "<array>") -> Clip:
        """Make a clip of any array of samples, at the array's own rate.

        Parameters
        ----------
        samples : (frames,) or (frames, channels) array
            Integers are scaled by their type, floats are taken as they are (see ``scaling.py`` for floats
            beyond [-1, 1]), channels are mixed to their mean. Always copied, which ``Clip(samples, rate)``
            is not.
        rate : int
            Samples per second, in Hz.
        source : str
            The name used in messages and results.

        Raises
        ------
        AudioError
            The array cannot be a sound; the message says why.

        Examples
        --------
        >>> Clip.from_array(np.array([0, 16384], dtype=np.int16), 8000).samples.tolist()
        [0.0, 0.5]
        """
        limits, noticed = AudioLimits(), Noticed()
        decoder = ArrayDecoder(samples, rate, source, limits)
        limits.check_format(decoder.rate, decoder.channels, source)
        mono = np.concatenate(list(mono_blocks(decoder, source, limits, noticed)))
        notes = noticed.notes(mono, 0.0, end=len(mono) / decoder.rate, last=True)
        return cls(mono, decoder.rate, 0.0, source, notes)


def _check_rate(rate: int, source: str) -> None:
    if isinstance(rate, bool) or not isinstance(rate, int) or rate <= 0:
        raise InvalidSamplesError(f"{source}: a sample rate is a positive whole number of Hz, not {rate!r}.")


def _check_samples(samples: Samples, rate: int, source: str) -> None:
    if not isinstance(samples, np.ndarray) or samples.dtype != np.float32 or samples.ndim != 1:
        given = type(samples).__name__
        if isinstance(samples, np.ndarray):
            given = f"{samples.dtype} {samples.shape}"
        raise InvalidSamplesError(
            f"{source}: a Clip holds a 1-D float32 array, not {given}; Clip.from_array converts any other."
        )
    if samples.size == 0:
        raise EmptyAudioError(f"{source} holds no samples.")
    check_finite(samples, 0, rate, source)
    peak = max(-float(samples.min()), float(samples.max()))
    if peak > 1:
        raise InvalidSamplesError(
            f"{source}: a Clip's samples lie in [-1, 1], but these reach {peak:.4g};"
            " Clip.from_array scales them."
        )
