"""How loud each band of hearing is, every 20 ms: where in a patch a sound begins."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from earwitness.common.arrays import Floats

FRAME_SECONDS = 0.02  # from one frame to the next
FFT_SECONDS = 0.064  # what a frame looks at, around its middle
BANDS, LOWEST, HIGHEST = 32, 80.0, 7500.0  # Hz, of equal width on a logarithmic scale
FLOOR = 1e-7  # power below which nothing is heard: -70 dB


@lru_cache(maxsize=4)
def band_matrix(rate: int, fft: int) -> Floats:
    """(fft // 2 + 1, bands): the mean power of a band's bins; a band narrower than a bin takes the
    nearest."""
    hertz = np.fft.rfftfreq(fft, 1 / rate)
    edges = np.geomspace(LOWEST, min(HIGHEST, rate / 2), BANDS + 1)
    inside = (hertz[:, None] >= edges[:-1]) & (hertz[:, None] < edges[1:])
    nearest = np.abs(hertz[:, None] - (edges[:-1] + edges[1:]) / 2).argmin(0)
    inside[nearest, np.arange(BANDS)] = True
    return np.asarray(inside / inside.sum(0), np.float32)


class BandLevels:
    """Levels of a sound that comes in pieces, the same however it is cut.

    Parameters
    ----------
    rate : int
        Samples per second, in Hz.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32)
    >>> levels = BandLevels(16000)
    >>> levels.push(noise).shape, levels.finish().shape
    ((49, 32), (2, 32))
    """

    def __init__(self, rate: int) -> None:
        self.hop, self.fft = round(FRAME_SECONDS * rate), round(FFT_SECONDS * rate)
        self._bands = band_matrix(rate, self.fft)
        window = np.hanning(self.fft).astype(np.float32)
        self._window = window / np.sqrt((window**2).sum())
        # the first frame's middle is the first sample
        self._held = np.zeros(self.fft // 2, np.float32)

    def push(self, samples: Floats) -> Floats:
        """(n,) samples -> the frames that are complete: (frames, bands) in dB of full scale."""
        self._held = np.concatenate([self._held, samples])
        if len(self._held) < self.fft:
            return np.zeros((0, BANDS), np.float32)
        frames = np.lib.stride_tricks.sliding_window_view(self._held, self.fft)[:: self.hop]
        power = np.abs(np.fft.rfft(frames * self._window, axis=1)).astype(np.float32) ** 2
        self._held = self._held[len(frames) * self.hop :].copy()
        return np.asarray(10 * np.log10(power @ self._bands + FLOOR), np.float32)

    def finish(self) -> Floats:
        """The frames around the last samples, with nothing behind them."""
        return self.push(np.zeros(self.fft // 2, np.float32))
