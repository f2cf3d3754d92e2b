"""all-MiniLM-L6-v2 as a plain torch module: token ids in, a unit sentence embedding out.

The token table, half of all weights, is kept as int8 with one scale a row: each row is divided by its own
largest magnitude, so no outlier row costs the others precision.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn


class Layer(nn.Module):
    """One BERT layer (post-norm)."""

    def __init__(self, weights: dict[str, Tensor], prefix: str, heads: int, epsilon: float) -> None:
        super().__init__()

        def linear(*names: str) -> nn.Linear:
            weight = torch.cat([weights[f"{prefix}{n}.weight"] for n in names])
            layer = nn.Linear(weight.shape[1], weight.shape[0])
            layer.weight = nn.Parameter(weight)
            layer.bias = nn.Parameter(torch.cat([weights[f"{prefix}{n}.bias"] for n in names]))
            return layer

        self.heads = heads
        self.qkv = linear(*(f"attention.self.{n}" for n in ("query", "key", "value")))
        self.out = linear("attention.output.dense")
        self.norm1 = norm(weights, f"{prefix}attention.output.LayerNorm", epsilon)
        self.up, self.down = linear("intermediate.dense"), linear("output.dense")
        self.norm2 = norm(weights, f"{prefix}output.LayerNorm", epsilon)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        b, s, w = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (w // self.heads) ** 0.5 + bias
        y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(b, s, w)
        x = self.norm1(x + self.out(y))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


def norm(weights: dict[str, Tensor], name: str, epsilon: float) -> nn.LayerNorm:
    layer = nn.LayerNorm(len(weights[f"{name}.weight"]), eps=epsilon)
    layer.weight = nn.Parameter(weights[f"{name}.weight"])
    layer.bias = nn.Parameter(weights[f"{name}.bias"])
    return layer


class MiniLM(nn.Module):
    """Token ids and attention mask (b, s) int64 -> sentence embeddings (b, 384), unit length."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        config = json.loads((folder / "config.json").read_text())
        weights = load_file(folder / "model.safetensors")
        epsilon = config["layer_norm_eps"]
        table = weights["embeddings.word_embeddings.weight"]
        scale = table.abs().amax(1, keepdim=True) / 127
        self.register_buffer("table", (table / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)
        # Every sentence is segment 0, so its embedding is part of the position's.
        positions = weights["embeddings.position_embeddings.weight"]
        self.positions = nn.Parameter(positions + weights["embeddings.token_type_embeddings.weight"][0])
        self.norm = norm(weights, "embeddings.LayerNorm", epsilon)
        heads = config["num_attention_heads"]
        self.layers = nn.ModuleList(
            Layer(weights, f"encoder.layer.{i}.", heads, epsilon) for i in range(config["num_hidden_layers"])
        )

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        x = self.table[ids].float() * self.scale[ids]
        x = self.norm(x + self.positions[: ids.shape[1]])
        keep = mask[:, None, None].float()
        bias = (1 - keep) * -1e9
        for layer in self.layers:
            x = layer(x, bias)
        weight = mask[..., None].float()
        mean = (x * weight).sum(1) / weight.sum(1)
        return F.normalize(mean, dim=-1)
