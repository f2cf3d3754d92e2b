"""YAMNet: sound to probabilities of 521 AudioSet classes, a patch of 0.96 s every 0.48 s.

Front end as in its published description: 16 kHz, frames of 25 ms every 10 ms (periodic Hann), 64 mel bands
on the HTK scale between 125 and 7500 Hz, log(x + 0.001), patches of 96 frames.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from earwitness.common.arrays import Floats
from earwitness.encoders.runtime import asset, session

RATE = 16000
FRAME, HOP, FFT = 400, 160, 512  # 25 ms, 10 ms, the next power of two
BANDS, LOWEST, HIGHEST = 64, 125.0, 7500.0  # mel bands, Hz
OFFSET = 0.001  # added before the logarithm
PATCH_FRAMES, PATCH_HOP = 96, 48  # 0.96 s every 0.48 s
PATCH_HOP_SECONDS = PATCH_HOP * HOP / RATE
PATCH_SAMPLES = 15600  # 0.975 s: 96 frames of 10 ms and the last one's remaining 15 ms
CLASSES = 521
# Patches a run: bounds memory, whatever the clip's length. More of them are no faster and give the same
# numbers to the last bit.
BATCH = 10


@lru_cache(maxsize=1)
def mel_matrix() -> Floats:
    """(257, 64) triangular filters, linear in mel between neighbouring band edges."""
    edges = np.linspace(_mel(LOWEST), _mel(HIGHEST), BANDS + 2)
    bins = _mel(np.linspace(0, RATE / 2, FFT // 2 + 1))[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    filters = np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
    filters = np.maximum(0, filters)
    filters[0] = 0  # the mean is no sound
    return filters.astype(np.float32)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """HTK's mel scale."""
    return np.asarray(1127 * np.log1p(np.asarray(hertz, np.float64) / 700), np.float64)


@lru_cache(maxsize=1)
def _waves() -> tuple[Floats, Floats]:
    """What the even and the odd half of a frame are multiplied with: (200, 257) cosines, (199, 257) sines.

    The window is in them.
    """
    place = np.arange(FRAME // 2)[:, None]
    phase = 2 * np.pi * place * np.arange(FFT // 2 + 1) / FFT
    window = 0.5 + 0.5 * np.cos(2 * np.pi * place / FRAME)
    return (window * np.cos(phase)).astype(np.float32), (window * np.sin(phase)).astype(np.float32)[1:]


def magnitudes(frames: Floats) -> Floats:
    """Magnitudes of the windowed frames' spectra: (n, 400) float32 -> (n, 257).

    The window, a periodic Hann, is symmetric about sample 200 and zero at sample 0. Seen from there a frame
    is the sum of an even half, which meets cosines alone, and an odd one, which meets sines: two small
    products of matrices, a third of the time of a thousand transforms of 512 samples. A shift in time
    leaves magnitudes as they are.
    """
    cosines, sines = _waves()
    middle = FRAME // 2
    after, before = frames[:, middle + 1 :], frames[:, middle - 1 : 0 : -1]
    even = np.empty((len(frames), middle), np.float32)
    even[:, 0] = frames[:, middle]
    np.add(after, before, out=even[:, 1:])
    real, imaginary = even @ cosines, (after - before) @ sines
    real *= real
    imaginary *= imaginary
    real += imaginary
    np.sqrt(real, out=real)
    return real


def patches(samples: Floats) -> Floats:
    """Cut log-mel patches.

    Parameters
    ----------
    samples : (n,) float32 at 16 kHz

    Returns
    -------
    (patches, 96, 64) float32; the end is padded with zeros to a whole number of hops, at least one patch

    Examples
    --------
    >>> patches(np.zeros(160000, np.float32)).shape
    (20, 96, 64)
    """
    hops = -(-max(len(samples) - PATCH_SAMPLES, 0) // (PATCH_HOP * HOP))
    padded = np.zeros(PATCH_SAMPLES + hops * PATCH_HOP * HOP, np.float32)
    padded[: len(samples)] = samples
    mel = magnitudes(sliding_window_view(padded, FRAME)[::HOP]) @ mel_matrix()
    mel += np.float32(OFFSET)
    np.log(mel, out=mel)
    view = sliding_window_view(mel, PATCH_FRAMES, axis=0)[::PATCH_HOP]
    return np.ascontiguousarray(view.transpose(0, 2, 1))


def probabilities(samples: Floats) -> Floats:
    """Class probabilities of every patch: (n,) float32 at 16 kHz -> (patches, 521)."""
    graph, inputs = session(asset("yamnet.onnx")), patches(samples)
    runs = [graph.run(None, {"patches": inputs[i : i + BATCH]})[0] for i in range(0, len(inputs), BATCH)]
    return np.concatenate(runs)
