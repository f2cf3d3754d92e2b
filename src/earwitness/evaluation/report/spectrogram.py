"""The picture of a sound: a small spectrogram as PNG, made with numpy and zlib alone."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

RATE = 16000
WIDTH, HEIGHT = 480, 80
_FFT = 512
_RANGE_DB = 70.0
_COLOURS = 64
# Dark to bright, in equal steps: night, indigo, magenta, orange, pale yellow.
_ANCHORS = np.array(
    [[9, 8, 26], [58, 24, 110], [158, 42, 108], [238, 116, 54], [252, 242, 178]], dtype=np.float64
)


def spectrogram_png(samples: npt.NDArray[np.float32], rate: int) -> bytes:
    """A spectrogram: time to the right over the whole sound, tones upwards from 50 Hz to half the rate.

    Shape: (n,), n ≥ 1 -> PNG of HEIGHT rows and WIDTH columns

    >>> spectrogram_png(np.zeros(16000, dtype=np.float32), 16000)[1:4]
    b'PNG'
    """
    return png(colour_steps(_levels(samples, rate)), palette())


def _levels(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float64]:
    """Decibels below the loudest point, (HEIGHT, WIDTH), highest band first."""
    centres = np.linspace(0, len(samples) - 1, WIDTH).astype(np.int64)
    padded = np.pad(samples.astype(np.float64), _FFT // 2)
    frames = padded[centres[:, None] + np.arange(_FFT)] * np.hanning(_FFT)
    power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
    # rows equally spaced on a scale that is linear for low and logarithmic for high tones, as hearing is
    low, high = (np.arcsinh(hertz / 400) for hertz in (50.0, rate / 2))
    edges = 400 * np.sinh(np.linspace(high, low, HEIGHT)) * _FFT / rate
    below = np.clip(edges.astype(np.int64), 0, power.shape[1] - 2)
    share = np.clip(edges - below, 0, 1)
    rows = power[:, below] * (1 - share) + power[:, below + 1] * share
    levels = 10 * np.log10(rows.T + 1e-12)
    return np.asarray(levels - max(levels.max(), -60.0))


def colour_steps(levels: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Decibels below the loudest point -> indices of the palette, of the same shape."""
    return np.asarray(np.clip(levels / _RANGE_DB + 1, 0, 1) * (_COLOURS - 1)).astype(np.uint8)


def palette() -> npt.NDArray[np.uint8]:
    """The colours of a spectrogram: (64, 3)."""
    places, steps = np.linspace(0, 1, len(_ANCHORS)), np.linspace(0, 1, _COLOURS)
    return np.stack([np.interp(steps, places, _ANCHORS[:, c]) for c in range(3)], axis=1).astype(np.uint8)


def png(pixels: npt.NDArray[np.uint8], palette: npt.NDArray[np.uint8]) -> bytes:
    """An image of palette indices as PNG (RFC 2083).

    Shape: (rows, columns), (colours, 3) -> bytes
    """
    height, width = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    scanlines = np.pad(pixels, ((0, 0), (1, 0)))  # each line begins with its filter: 0, none
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(scanlines.tobytes(), 9)),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in (*parts, (b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
