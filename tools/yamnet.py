"""YAMNet as a torch module: 96 frames of 64 log-mel bands in, 521 class probabilities out.

MobileNet v1 on spectrogram patches. Batch normalisation is folded into the convolutions, which changes
nothing but rounding, so that the exported graph is convolutions and clips only.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from tf_bundle import read_variables
from torch import Tensor, nn

EPSILON = 1e-4
# Stride of each depthwise layer; every one is followed by a pointwise layer of stride 1.
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
NAME = "layer-1/layer/_func/_yamnet/layer_with_weights-{}/{}/.ATTRIBUTES/VARIABLE_VALUE"


class FoldedConv(nn.Module):
    """Convolution without bias + batch normalisation + ReLU, with TensorFlow's "SAME" padding."""

    def __init__(self, kernel: Tensor, bn: tuple[Tensor, Tensor, Tensor], stride: int, groups: int) -> None:
        super().__init__()
        beta, mean, variance = bn
        gain = (variance + EPSILON).rsqrt()  # the network has no gamma
        self.weight = nn.Parameter(kernel * gain[:, None, None, None])
        self.bias = nn.Parameter(beta - mean * gain)
        self.stride, self.groups = stride, groups

    def forward(self, x: Tensor) -> Tensor:
        k = self.weight.shape[-1]
        # "SAME": ceil(n / stride) outputs, the odd pixel of padding after rather than before.
        pads = [max((-(-n // self.stride) - 1) * self.stride + k - n, 0) for n in (x.shape[3], x.shape[2])]
        x = F.pad(x, [p for n in pads for p in (n // 2, n - n // 2)]) if any(pads) else x
        return F.relu(F.conv2d(x, self.weight, self.bias, self.stride, groups=self.groups))


class YamNet(nn.Module):
    """Patches (n, 96, 64) of log-mel -> probabilities (n, 521)."""

    def __init__(self, bundle: Path) -> None:
        super().__init__()
        variables = read_variables(bundle)

        def get(layer: int, name: str) -> Tensor:
            return torch.from_numpy(variables[NAME.format(layer, name)].copy())

        def norm(layer: int) -> tuple[Tensor, Tensor, Tensor]:
            return get(layer, "beta"), get(layer, "moving_mean"), get(layer, "moving_variance")

        layers: list[nn.Module] = [FoldedConv(get(0, "kernel").permute(3, 2, 0, 1), norm(1), 2, 1)]
        for block, stride in enumerate(STRIDES):
            at = 2 + 4 * block
            depthwise = get(at, "depthwise_kernel").permute(2, 3, 0, 1)
            layers.append(FoldedConv(depthwise, norm(at + 1), stride, len(depthwise)))
            layers.append(FoldedConv(get(at + 2, "kernel").permute(3, 2, 0, 1), norm(at + 3), 1, 1))
        self.layers = nn.Sequential(*layers)
        last = 2 + 4 * len(STRIDES)
        self.classes = nn.Linear(1024, 521)
        self.classes.weight = nn.Parameter(get(last, "kernel").T.contiguous())
        self.classes.bias = nn.Parameter(get(last, "bias"))

    def forward(self, patches: Tensor) -> Tensor:
        features = self.layers(patches[:, None]).mean((2, 3))
        return torch.sigmoid(self.classes(features))
