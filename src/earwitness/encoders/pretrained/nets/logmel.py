"""The log-mel spectrograms of HTSAT and Cnn14: torchlibrosa's, and LAION CLAP's, which is alike.

Power spectrum of a periodic Hann window, centred with reflected ends; mel bands; 10 log10(max(mel, 1e-10)).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

FLOOR = 1e-10  # power below which everything is equally silent: -100 dB


class LogMel(nn.Module):
    """Samples to decibels in mel bands.

    The transform runs in float64, as the bands of a quiet frame beside a loud tone would otherwise hold its
    rounding errors; it costs a few per cent of the tower behind it.

    Parameters
    ----------
    n_fft, hop : int
        Window and step, in samples.
    filters : (n_fft // 2 + 1, mels) array
        Weight of each frequency bin in each band.

    Shape: (b, n) -> (b, 1, 1 + n // hop, mels)
    """

    window: Tensor
    filters: Tensor

    def __init__(self, n_fft: int, hop: int, filters: npt.NDArray[np.floating] | Tensor) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.register_buffer("window", torch.hann_window(n_fft, periodic=True, dtype=torch.float64))
        self.register_buffer("filters", torch.as_tensor(filters, dtype=torch.float64))

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (b, n) to log-mel (b, 1, frames, mels), in dB."""
        power = self.power(samples.double())
        mel = (power @ self.filters).clamp_min(FLOOR)
        return (10.0 * mel.log10()).float().unsqueeze(1)

    def power(self, samples: Tensor) -> Tensor:
        """Power spectrum: (b, n) float64 -> (b, frames, bins)."""
        spectrum = torch.stft(
            samples,
            self.n_fft,
            self.hop,
            window=self.window,
            center=True,
            pad_mode="reflect",
            return_complex=True,
        )
        return (spectrum.real**2 + spectrum.imag**2).transpose(1, 2)


class TorchlibrosaLogMel(LogMel):
    """``LogMel`` with the frozen front end that a checkpoint brings along, where it brings one.

    torchlibrosa stores its filters (``melW``) and its Fourier transform (two convolutions) as parameters, and
    loading a checkpoint replaces them; so does this. Where the stored transform is the usual one, which it is
    in every published checkpoint known, the fast transform takes its place.

    Parameters
    ----------
    n_fft, hop : int
    filters : used where ``front`` has none
    front : mapping
        ``melW`` (bins, mels), ``conv_real`` and ``conv_imag`` (bins, 1, n_fft), each optional.
    """

    def __init__(
        self, n_fft: int, hop: int, filters: npt.NDArray[np.floating], front: Mapping[str, Tensor]
    ) -> None:
        super().__init__(n_fft, hop, front.get("melW", filters))
        self.kernels: Tensor | None
        self.register_buffer("kernels", self._unusual_kernels(front), persistent=False)

    def _unusual_kernels(self, front: Mapping[str, Tensor]) -> Tensor | None:
        if "conv_real" not in front or "conv_imag" not in front:
            return None
        given = torch.cat([front["conv_real"], front["conv_imag"]]).double()
        turns = torch.outer(torch.arange(self.n_fft // 2 + 1), torch.arange(self.n_fft)) % self.n_fft
        angle = turns.double() * (2 * np.pi / self.n_fft)
        usual = torch.cat([angle.cos(), -angle.sin()]) * self.window
        return None if torch.allclose(given[:, 0], usual, atol=1e-3) else given

    def power(self, samples: Tensor) -> Tensor:
        """Power spectrum by the checkpoint's own transform: (b, n) float64 -> (b, frames, bins)."""
        if self.kernels is None:
            return super().power(samples)
        padded = nn.functional.pad(samples.unsqueeze(1), (self.n_fft // 2, self.n_fft // 2), mode="reflect")
        real, imag = nn.functional.conv1d(padded, self.kernels, stride=self.hop).chunk(2, dim=1)
        return (real**2 + imag**2).transpose(1, 2)


def librosa_filters(
    rate: int, n_fft: int, mels: int, lowest: float, highest: float
) -> npt.NDArray[np.float64]:
    """librosa's mel filters: Slaney's scale, each band of equal area: (n_fft // 2 + 1, mels).

    >>> librosa_filters(32000, 1024, 64, 50, 14000).shape
    (513, 64)
    """
    from transformers.audio_utils import mel_filter_bank

    bank = mel_filter_bank(
        num_frequency_bins=n_fft // 2 + 1,
        num_mel_filters=mels,
        min_frequency=lowest,
        max_frequency=highest,
        sampling_rate=rate,
        norm="slaney",
        mel_scale="slaney",
    )
    return np.asarray(bank, np.float64)
