"""Kaldi's log-mel filter bank with the settings of ImageBind: 128 bands, frames of 25 ms every 10 ms.

As ``torchaudio.compliance.kaldi.fbank`` computes it with htk_compat, a Hanning window, no dither, no energy:
each frame loses its mean, is pre-emphasised by 0.97, windowed and padded to 512; the triangles stand on
Kaldi's mel scale from 20 Hz to half the rate; the logarithm is natural, of no less than float32's epsilon.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

RATE = 16000
FRAME, HOP, FFT = 400, 160, 512  # 25 ms, 10 ms, the next power of two
BANDS, LOWEST = 128, 20.0  # mel bands, Hz
PREEMPHASIS = 0.97
FLOOR = float(np.finfo(np.float32).eps)


def fbank(samples: Tensor) -> Tensor:
    """Samples (n,) at 16 kHz -> (frames, 128) with 1 + (n - 400) // 160 frames; fewer than 400 are padded.

    >>> fbank(torch.zeros(32000)).shape
    torch.Size([198, 128])
    """
    samples = torch.nn.functional.pad(samples.double(), (0, max(0, FRAME - len(samples))))
    frames = samples.unfold(0, FRAME, HOP)
    frames = frames - frames.mean(1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)  # the first sample stands before itself
    frames = (frames - PREEMPHASIS * before) * torch.hann_window(FRAME, periodic=False, dtype=torch.float64)
    power = torch.fft.rfft(frames, FFT).abs() ** 2
    bands: Tensor = (power @ _filters()).clamp_min(FLOOR).log().float()
    return bands


@lru_cache(maxsize=1)
def _filters() -> Tensor:
    """(257, 128) triangles, linear in mel; the last bin, half the rate, belongs to none."""
    edges = np.linspace(_mel(LOWEST), _mel(RATE / 2), BANDS + 2)
    bins = _mel(np.arange(FFT // 2) * RATE / FFT)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    filters = np.maximum(0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)))
    return torch.from_numpy(np.concatenate([filters, np.zeros((1, BANDS))]))


def _mel(hertz: np.ndarray | float) -> np.ndarray:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0))
