"""CapDec's mapper: a transformer between an embedding and the prefix (Nukrai et al. 2022; ClipCap's)."""

from __future__ import annotations

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class MapperBlock(nn.Module):
    """Pre-norm transformer block in which every position sees every other."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, S, width) -> the same."""
        b, s, w = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, s, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, s, w)
        x = x + self.out(y)
        return cast(Tensor, x + self.down(F.relu(self.up(self.norm2(x)))))


class Mapper(nn.Module):
    """Projected vectors in, prefix vectors out.

    As many learned vectors as the prefix has stand behind the projected ones; what becomes of them is the
    prefix.

    >>> Mapper(prefix=3, width=8, layers=2, heads=2)(torch.zeros(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, prefix: int, width: int, layers: int, heads: int) -> None:
        super().__init__()
        self.learned = nn.Parameter(torch.randn(prefix, width))
        self.blocks = nn.ModuleList(MapperBlock(width, heads) for _ in range(layers))

    def forward(self, x: Tensor) -> Tensor:
        """(B, prefix, width) -> (B, prefix, width)."""
        prefix = self.learned.shape[0]
        x = torch.cat([x, self.learned.expand(x.shape[0], -1, -1)], 1)
        for block in self.blocks:
            x = block(x)
        return x[:, prefix:]
