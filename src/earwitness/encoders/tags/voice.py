"""Whether a clear voice is low or high: two axes that AudioSet's classes lack.

YAMNet was trained without AudioSet's classes for men's and women's voices, so its probabilities cannot tell
"a man speaks" from "a woman speaks". The pitch of a clear voice often can: adults' mean fundamental
frequencies lie near 120 Hz and 210 Hz. Where speech is faint, mixed, or its pitch lies between, both axes
stay zero and a caption should say "a person".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats

RATE = 16000
Array = npt.NDArray[np.floating]

FRAME = 1024  # 64 ms: four periods of the lowest voice looked for
HOP = 640  # 40 ms
LOWEST, HIGHEST = 70.0, 400.0  # Hz
# A frame counts by how clearly it repeats itself (squared beyond CLEAR_FROM, nothing below VOICED_LEAST), ...
VOICED_LEAST, CLEAR_FROM = 0.55, 0.4
# ... by how little else could have a pitch of its own there, and only where speech is heard.
SPEECH_LEAST = 0.2
LOW, HIGH, HIGHER = (75.0, 165.0), (175.0, 290.0), 290.0  # Hz
# Frames needed, by their count, before a pitch is believed; the share of one side that decides; and how much
# may lie above a high voice: cries, laughter and sirens do.
LOW_NEEDED, HIGH_NEEDED = 0.9, 1.5
DECIDING_SHARE, HIGHER_MOST = 0.65, 1.7


def voice_pitch(
    samples: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """Fundamental frequency and clarity of every frame of 64 ms, every 40 ms.

    The normalised square difference function of McLeod & Wyvill 2005: 1 where a frame repeats itself exactly.

    Parameters
    ----------
    samples : (n,) float32 at 16 kHz

    Returns
    -------
    (frames,) frequencies in Hz and (frames,) clarities in 0..1

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 125 * np.arange(8000) / 16000).astype(np.float32)
    >>> frequency, clarity = voice_pitch(tone)
    >>> round(float(np.median(frequency))), bool(clarity.min() > 0.95)
    (125, True)
    """
    if len(samples) < FRAME:
        return np.zeros(0), np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    frames = frames - frames.mean(1, keepdims=True, dtype=np.float32)
    # Zero-padding to twice the length makes the circular autocorrelation a linear one.
    power = np.abs(np.fft.rfft(frames, 2 * FRAME)) ** 2
    correlation = np.fft.irfft(power, 2 * FRAME)[:, :FRAME]
    energy = np.cumsum(frames**2, 1)
    total = energy[:, -1:]
    # At lag t: the energy of all but the last t samples plus that of all but the first t.
    ends = np.concatenate([total, energy[:, :0:-1][:, 1:], energy[:, :1]], 1)
    starts = np.concatenate([total, total - energy[:, :-1]], 1)
    likeness = 2 * correlation / np.maximum(ends + starts, 1e-9)
    first, last = int(RATE / HIGHEST), int(RATE / LOWEST)
    near = likeness[:, first : last + 1]
    best = near.max(1, keepdims=True)
    # The first peak almost as high as the best one: later ones are multiples of the period.
    peak = (near[:, 1:-1] > near[:, :-2]) & (near[:, 1:-1] >= near[:, 2:]) & (near[:, 1:-1] >= 0.9 * best)
    lag = first + np.where(peak.any(1), peak.argmax(1) + 1, near.argmax(1))
    audible = total[:, 0] > 1e-3
    return RATE / lag, np.where(audible, np.minimum(best[:, 0], 1.0), 0.0)


def voice_side(samples: Floats, speech: Floats, other: Floats, hop_seconds: float) -> tuple[bool, bool]:
    """Whether the voice in a sound is a low one, or a high one; neither where its pitch does not decide.

    Parameters
    ----------
    samples : (n,) float32 at 16 kHz
    speech, other : (patches,) float32
        How likely speech is in each patch, and the likeliest sound that could have a pitch of its own.
    hop_seconds : float
        Seconds from one patch to the next.

    Returns
    -------
    (low, high), at most one of them true
    """
    frequency, weight = _voiced(samples, speech, other, hop_seconds)

    def count(least: float, most: float) -> float:
        return float(weight[(frequency > least) & (frequency < most)].sum())

    low, high, higher = count(*LOW), count(*HIGH), count(HIGHER, np.inf)
    share = low / (low + high) if low + high else 0.5
    is_low = share > DECIDING_SHARE and low > LOW_NEEDED
    is_high = share < 1 - DECIDING_SHARE and high > HIGH_NEEDED and higher < HIGHER_MOST * high
    return is_low, is_high


def _voiced(samples: Floats, speech: Floats, other: Floats, hop_seconds: float) -> tuple[Array, Array]:
    """Pitch of each frame near speech, and how much the frame counts: frames of the surer of its patches."""
    likely = np.flatnonzero(speech > SPEECH_LEAST)
    if not len(likely):
        return np.zeros(0), np.zeros(0)
    hop = int(hop_seconds * RATE)
    first, last = int(likely[0]) * hop, (int(likely[-1]) + 2) * hop + FRAME
    frequency, clarity = voice_pitch(samples[first:last])
    centre = (first + np.arange(len(frequency)) * HOP + FRAME // 2) / hop
    patch = np.minimum(centre.astype(int), len(speech) - 1)
    before = np.maximum(patch - 1, 0)
    surer = np.where(speech[patch] >= speech[before], patch, before)
    weight = (clarity - CLEAR_FROM) ** 2 * (1 - np.clip(other[surer], 0, 1))
    return frequency, np.where((speech[surer] > SPEECH_LEAST) & (clarity > VOICED_LEAST), weight, 0.0)
