"""Cnn14 (PANNs, Kong et al. 2020, arXiv 1912.10211) as WavCaps uses it: without its classifier.

Six blocks of two convolutions, each halving time and frequency (PANNs' own last block does not); then the
mean over frequency, and over time the mean plus the largest value. Any length of sound.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.nets.htsat import front_end


class Block(nn.Module):
    """Two 3 x 3 convolutions, each normalised and rectified, then the mean of every 2 x 2 square."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn1, self.bn2 = nn.BatchNorm2d(width), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """(b, channels, frames, bands) -> (b, width, frames // 2, bands // 2)."""
        x = functional.relu(self.bn1(self.conv1(x)))
        x = functional.relu(self.bn2(self.conv2(x)))
        return functional.avg_pool2d(x, 2)


class Cnn14(nn.Module):
    """Samples to Cnn14's embedding: (b, n) -> (b, width of the last block).

    Parameters
    ----------
    mels : int
        Bands of the log-mel spectrogram.
    widths : tuple of int
        Channels of each block.
    """

    def __init__(self, mels: int, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(mels)
        for i, (channels, width) in enumerate(zip((1, *widths), widths, strict=False), 1):
            setattr(self, f"conv_block{i}", Block(channels, width))
        self.blocks, self.width = len(widths), widths[-1]

    def forward(self, logmel: Tensor) -> Tensor:
        """Embed spectrograms: (b, 1, frames, mels) -> (b, width)."""
        x = self.bn0(logmel.transpose(1, 3)).transpose(1, 3)
        for i in range(1, self.blocks + 1):
            x = getattr(self, f"conv_block{i}")(x)
        over_time = x.mean(dim=3)
        embedded: Tensor = over_time.amax(dim=2) + over_time.mean(dim=2)
        return embedded


class Cnn14OnSamples(nn.Module):
    """``Cnn14`` with its front end: (b, n) -> (b, width)."""

    def __init__(self, logmel: nn.Module, body: Cnn14) -> None:
        super().__init__()
        self.logmel, self.body, self.width = logmel, body, body.width
        # least and most frames that it hears: one has to be left when each block has halved them
        self.frames = (2**body.blocks, None)

    def forward(self, samples: Tensor) -> Tensor:
        """Embed samples: (b, n) -> (b, width)."""
        embedded: Tensor = self.body(self.logmel(samples))
        return embedded


def cnn14_from(
    checkpoint: Checkpoint, prefix: str, rate: int, band: tuple[float, float], front: tuple[str, str]
) -> Cnn14OnSamples:
    """Build Cnn14 of the weights under ``prefix``; parameters as of ``htsat_from``."""
    blocks = checkpoint.count(prefix.replace(".", r"\.") + r"conv_block(\d+)\.") - 1  # counted from one
    names = [f"{prefix}conv_block{i}.conv1.weight" for i in range(1, blocks + 1)]
    mels = checkpoint.shape(prefix + "bn0.weight")[0]
    body = Cnn14(mels, tuple(checkpoint.shape(name)[0] for name in names))
    checkpoint.fill(body, prefix)
    return Cnn14OnSamples(front_end(checkpoint, prefix, rate, mels, band, front), body)


def projection(checkpoint: Checkpoint, prefix: str) -> nn.Sequential:
    """Linear, ReLU, Linear under ``prefix``, as ASE projects both of its towers."""
    (middle, wide), (out, _) = (checkpoint.shape(f"{prefix}{i}.weight") for i in (0, 2))
    layers = nn.Sequential(nn.Linear(wide, middle), nn.ReLU(), nn.Linear(middle, out))
    checkpoint.fill(layers, prefix)
    return layers
