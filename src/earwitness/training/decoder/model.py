"""The small decoder of WSAC: a causal transformer that writes after a prefix made from one embedding.

Kouzelis & Katsouros 2023, section 3 (the decoder is DeCap's): an embedding of the shared space is mapped
linearly to prefix vectors, and a GPT-2-like transformer continues them with the caption.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from earwitness.common.errors import OptionError
from earwitness.training.decoder.capdec_mapper import Mapper


@dataclass(frozen=True)
class DecoderConfig:
    """Sizes of a decoder."""

    # the shared space it reads from, and how many prefix vectors one embedding becomes
    dim: int
    prefix: int = 4
    # how many embeddings of one sound it reads: WSAC's decoder reads one
    views: int = 1
    # the transformer
    vocab: int = 4096
    width: int = 256
    layers: int = 4
    heads: int = 4
    max_tokens: int = 40
    dropout: float = 0.1
    # layers of CapDec's transformer between embedding and prefix; 0 is the linear map of DeCap and WSAC
    mapper: int = 0
    # places that it has weights for, prefix and tokens together; 0: as many as captions are learned from
    positions: int = 0

    def __post_init__(self) -> None:
        sizes = (self.prefix, self.views, self.vocab, self.layers, self.heads, self.max_tokens)
        if min(sizes) < 1 or self.mapper < 0:
            raise OptionError(
                "prefix, views, vocab, layers, heads and max_tokens are at least 1, mapper at least 0."
            )
        if self.views > 1 and self.mapper:
            raise OptionError("a mapper reads one embedding of a sound; views is 1 beside it.")
        if self.width % self.heads:
            raise OptionError(f"width is a multiple of heads, not {self.width} for {self.heads} heads.")
        if self.positions and self.positions < self.prefixes + self.max_tokens:
            raise OptionError(
                "positions is 0, or at least prefix and max_tokens together, "
                f"{self.prefixes + self.max_tokens}, not {self.positions}."
            )

    @property
    def places(self) -> int:
        """How many positions there are weights for."""
        return self.positions or self.prefixes + self.max_tokens

    @property
    def room(self) -> int:
        """How many tokens can be written: more than were learned from, where there are positions for them."""
        return self.places - self.prefixes

    @property
    def prefixes(self) -> int:
        """Prefix vectors of a sound, all views together."""
        return self.prefix * self.views

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


Cache: TypeAlias = tuple[Tensor, Tensor]
"""Keys and values of the positions so far, each (B, heads, T, size)."""


class Attention(nn.Module):
    """Causal self-attention that can go on from the keys and values of earlier positions."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, x: Tensor, past: Cache | None) -> tuple[Tensor, Cache]:
        """x (B, S, width) and the cache -> the same with S more positions."""
        b, s, w = x.shape
        q, k, v = self.qkv(x).view(b, s, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        drop = self.dropout if self.training else 0.0
        if past is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=drop)
        else:
            # Position i of the new ones stands at i + T of all: it sees everything up to itself.
            i = torch.arange(s, device=x.device)[:, None] + k.shape[2] - s
            mask = torch.arange(k.shape[2], device=x.device)[None] <= i
            y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=drop)
        return self.out(y.transpose(1, 2).reshape(b, s, w)), (k, v)


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.up = nn.Linear(config.width, 4 * config.width)
        self.down = nn.Linear(4 * config.width, config.width)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, past: Cache | None) -> tuple[Tensor, Cache]:
        y, cache = self.attention(self.norm1(x), past)
        x = x + self.drop(y)
        x = x + self.drop(self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh")))
        return x, cache


class CaptionDecoder(nn.Module):
    """Embedding of the shared space in, caption tokens out.

    >>> model = CaptionDecoder(DecoderConfig(dim=8, vocab=11, width=8, layers=1, heads=2))
    >>> model(torch.zeros(3, 8), torch.zeros(3, 5, dtype=torch.long)).shape
    torch.Size([3, 6, 11])
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        self.project = nn.Linear(config.dim, config.prefix * config.width)
        self.tokens = nn.Embedding(config.vocab, config.width)
        self.positions = nn.Embedding(config.places, config.width)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)
        self.drop = nn.Dropout(config.dropout)
        self.apply(_initialise)
        # One coordinate of a unit vector of d dimensions is 1/sqrt(d): scaled so that a prefix vector starts
        # about as long as a token's, otherwise the decoder first learns to ignore it.
        nn.init.normal_(self.project.weight, std=0.5)
        heads = config.heads
        self.mapper = Mapper(config.prefix, config.width, config.mapper, heads) if config.mapper else None
        # a map of its own for every further view
        others = [nn.Linear(config.dim, config.prefix * config.width) for _ in range(config.views - 1)]
        self.others = nn.ModuleList(others)
        for other in others:
            nn.init.normal_(other.weight, std=0.5)
            nn.init.zeros_(other.bias)

    def prefix(self, vectors: Tensor) -> Tensor:
        """Embeddings (B, dim), or (B, views, dim) where there are several -> (B, prefixes, width)."""
        config = self.config
        if config.views > 1:
            maps = [self.project, *self.others]
            made = torch.stack([cast(Tensor, m(vectors[:, i])) for i, m in enumerate(maps)], 1)
            return made.view(-1, config.prefixes, config.width)
        prefix = cast(Tensor, self.project(vectors)).view(-1, config.prefix, config.width)
        return prefix if self.mapper is None else cast(Tensor, self.mapper(prefix))

    def step(self, inputs: Tensor, past: list[Cache] | None = None) -> tuple[Tensor, list[Cache]]:
        """Advance by S positions: inputs (B, S, width) -> hidden states (B, S, width), a cache a layer."""
        start = 0 if past is None else past[0][0].shape[2]
        at = torch.arange(start, start + inputs.shape[1], device=inputs.device)
        x = self.drop(inputs + self.positions(at))
        caches = []
        for i, block in enumerate(self.blocks):
            x, cache = block(x, None if past is None else past[i])
            caches.append(cache)
        return self.norm(x), caches

    def logits(self, hidden: Tensor) -> Tensor:
        """Hidden states (..., width) -> logits (..., vocab); the output layer is the token table."""
        return F.linear(hidden, self.tokens.weight)

    def forward(self, vectors: Tensor, tokens: Tensor) -> Tensor:
        """Teacher forcing: vectors as ``prefix`` takes them, tokens (B, S) -> logits (B, S + 1, vocab).

        Position i predicts token i: the last prefix vector predicts the first token (WSAC, section 3.1).
        """
        inputs = torch.cat([self.prefix(vectors), self.tokens(tokens)], 1)
        hidden, _ = self.step(inputs)
        return self.logits(hidden[:, self.config.prefixes - 1 :])


def _initialise(module: nn.Module) -> None:
    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
