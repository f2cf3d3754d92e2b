"""aiSFX as a torch module: 100 frames of 96 log-mel bands in, the logits of two of its heads out.

Nine convolutions (Ma & Lerch, ISMIR 2022, "X-Sequential-CE"). The network is rebuilt from the names and
shapes in the checkpoint; batch normalisation is folded into the convolutions.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-5
BLOCKS = 4
HEADS = (0, 1)  # those whose outputs follow the Universal Category System


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The checkpoint's tensors, read without running anything that it says."""
    import numpy._core.multiarray as multiarray

    allowed = [(multiarray.scalar, "numpy.core.multiarray.scalar"), np.dtype, np.dtypes.Int64DType]
    with torch.serialization.safe_globals(allowed):
        weights, _ = torch.load(path, map_location="cpu", weights_only=True)
    return dict(weights)


class Effects(nn.Module):
    """Blocks (n, 100, 96) -> logits (n, 78) and (n, 79)."""

    def __init__(self, checkpoint: Path) -> None:
        super().__init__()
        w = read_checkpoint(checkpoint)
        self.kernels, self.biases = nn.ParameterList(), nn.ParameterList()
        for block in range(1, BLOCKS + 1):
            for layer in (1, 2):
                at = f"embedding_net.conv_block{block}."
                kernel, norm = w[f"{at}conv{layer}.weight"], f"{at}bn{layer}."
                gain = w[norm + "weight"] * (w[norm + "running_var"] + EPSILON).rsqrt()
                self.kernels.append(nn.Parameter(kernel * gain[:, None, None, None]))
                self.biases.append(nn.Parameter(w[norm + "bias"] - w[norm + "running_mean"] * gain))
        self.heads = nn.ModuleList(_head(w, f"fc.{head}.") for head in HEADS)

    def forward(self, blocks: Tensor) -> tuple[Tensor, Tensor]:
        x = blocks[:, None]
        for i, (kernel, bias) in enumerate(zip(self.kernels, self.biases, strict=True)):
            x = F.relu(F.conv2d(x, kernel, bias, padding=1))
            if i in (1, 3, 5):  # after each pair but the last
                x = F.max_pool2d(x, 2)
        embedding = x.mean(3).amax(2)
        return self.heads[0](embedding), self.heads[1](embedding)


def _head(w: dict[str, Tensor], at: str) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i in (0, 2, 4):
        weight, bias = w[f"{at}{i}.weight"], w[f"{at}{i}.bias"]
        linear = nn.Linear(weight.shape[1], weight.shape[0])
        linear.weight, linear.bias = nn.Parameter(weight), nn.Parameter(bias)
        layers += [linear, nn.ReLU()] if i < 4 else [linear]
    return nn.Sequential(*layers)
