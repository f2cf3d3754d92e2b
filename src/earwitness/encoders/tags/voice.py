"""Whether a clear voice is low or high: two axes that AudioSet's classes lack.

YAMNet was trained without AudioSet's classes for men's and women's voices, so its probabilities cannot tell
"a man speaks" from "a woman speaks". The pitch of a clear voice often can: adults' mean fundamental
frequencies lie near 120 Hz and 210 Hz. Where speech is faint, mixed, or its pitch lies between, both axes
stay zero and a caption should say "a person".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 16000
FRAME = 1024  # 64 ms: four periods of the lowest voice looked for
HOP = 640  # 40 ms
LOWEST, HIGHEST = 70.0, 400.0  # Hz
CLEAR = 0.8  # least normalised autocorrelation of a frame that counts as voiced
MIN_FRAMES = 12  # voiced frames needed, half a second in all, before a pitch is believed
MIN_SHARE = 0.4  # and the least share of the sound that must be clear speech: shouts between sirens mislead
LOW_BELOW, HIGH_ABOVE = 150.0, 175.0  # Hz, medians


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


def voice_axes(
    samples: npt.NDArray[np.float32], clear: npt.NDArray[np.bool_], hop_seconds: float
) -> tuple[float, float]:
    """How much of the sound is a clear low voice, and how much a clear high one; one of them is zero.

    Parameters
    ----------
    samples : (n,) float32 at 16 kHz
    clear : (patches,) bool
        Where speech is heard and nothing else that could have a pitch of its own.
    hop_seconds : float
        Seconds from one patch to the next.

    Returns
    -------
    (low, high), each the share of clear patches, 0..1
    """
    pitches = []
    for patch in np.flatnonzero(clear):
        first = int(patch * hop_seconds * RATE)
        frequency, clarity = voice_pitch(samples[first : first + int(hop_seconds * RATE) + FRAME])
        pitches.append(frequency[clarity >= CLEAR])
    voiced = np.concatenate(pitches) if pitches else np.zeros(0)
    if len(voiced) < MIN_FRAMES or clear.mean() < MIN_SHARE:
        return 0.0, 0.0
    median, share = float(np.median(voiced)), float(clear.mean())
    return (share if median < LOW_BELOW else 0.0), (share if median > HIGH_ABOVE else 0.0)
