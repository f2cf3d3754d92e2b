"""ImageBind's audio and text trunks, under the names of the published checkpoint.

Both are transformers that normalise before each part. Audio: a picture of 128 bands x 204 frames in patches
of 16 x 16 every 10, each layer with one learned key and value beside those of the patches, read at the class
token. Text: tokens seen from left to right, read at the end marker.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor, nn
from torch.nn import functional

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.kvcache import Past

STRIDE = 10  # between patches of 16 x 16
HEAD_SIZE = 64  # numbers in an attention head of either trunk
EPS = 1e-6
OTHERS = r"^modality_(preprocessors|trunks|heads|postprocessors)\.(vision|depth|thermal|imu)\."
UNUSED = r"^modality_preprocessors\.text\.mask$|^modality_postprocessors\.(text|audio)\.1\.log_logit_scale$"


class Attention(nn.Module):
    """Multi-head attention by the names of ``torch.nn.MultiheadAttention``, able to go on after a past."""

    def __init__(self, width: int, heads: int, learned: bool) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)
        if learned:
            self.bias_k = nn.Parameter(torch.empty(1, 1, width))
            self.bias_v = nn.Parameter(torch.empty(1, 1, width))
        self.learned = learned

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None, causal: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(b, n, width) after a past of p tokens -> the same shape, and keys and values of p + n tokens."""
        b, n, width = x.shape
        q, k, v = functional.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        if self.learned:
            k, v = (
                torch.cat([t, own.expand(b, 1, width)], 1) for t, own in ((k, self.bias_k), (v, self.bias_v))
            )
        q, k, v = (t.view(b, -1, self.heads, width // self.heads).transpose(1, 2) for t in (q, k, v))
        if past is not None:
            k, v = (torch.cat([old.expand(b, -1, -1, -1), t], 2) for old, t in zip(past, (k, v), strict=True))
        mask = (
            torch.ones(n, k.shape[2], dtype=torch.bool, device=x.device).tril(k.shape[2] - n)
            if causal
            else None
        )
        mixed = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out_proj(mixed.transpose(1, 2).reshape(b, n, width)), k, v


class Mlp(nn.Module):
    """Linear, GELU, Linear."""

    def __init__(self, width: int, wide: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, wide), nn.Linear(wide, width)

    def forward(self, x: Tensor) -> Tensor:
        """(b, n, width) -> (b, n, width)."""
        out: Tensor = self.fc2(functional.gelu(self.fc1(x)))
        return out


class Block(nn.Module):
    """Attention and MLP, each added to what it was given."""

    def __init__(self, width: int, wide: int, heads: int, learned: bool) -> None:
        super().__init__()
        self.attn = Attention(width, heads, learned)
        self.mlp = Mlp(width, wide)
        self.norm_1, self.norm_2 = nn.LayerNorm(width, eps=EPS), nn.LayerNorm(width, eps=EPS)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor] | None, causal: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As ``Attention``."""
        mixed, k, v = self.attn(self.norm_1(x), past, causal)
        x = x + mixed
        return x + self.mlp(self.norm_2(x)), k, v


class Trunk(nn.Module):
    """The blocks one after the other."""

    def __init__(self, blocks: list[Block], causal: bool) -> None:
        super().__init__()
        self.blocks, self.causal = nn.ModuleList(blocks), causal

    def forward(self, x: Tensor, past: Past = ()) -> tuple[Tensor, Past]:
        """(b, n, width), after a past of one row if given -> the same shape, and what to keep."""
        kept = []
        for i, block in enumerate(self.blocks):
            x, k, v = block(x, past[i] if past else None, self.causal)
            kept.append((k, v))
        return x, tuple(kept)


class AudioStem(nn.Module):
    """Spectrograms to patches with a class token and positions: (b, 1, 128, 204) -> (b, 229, width)."""

    def __init__(self, width: int, side: int, tokens: int) -> None:
        super().__init__()
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.rgbt_stem = nn.ModuleDict(
            {"proj": nn.Conv2d(1, width, side, STRIDE, bias=False), "norm_layer": nn.LayerNorm(width)}
        )
        self.pos_embedding_helper = nn.ParameterDict({"pos_embed": torch.empty(1, tokens, width)})

    def forward(self, pictures: Tensor) -> Tensor:
        """(b, 1, bands, frames) -> (b, 1 + patches, width)."""
        patches = self.rgbt_stem["proj"](pictures).flatten(2).transpose(1, 2)
        patches = self.rgbt_stem["norm_layer"](patches)
        tokens = torch.cat([self.cls_token.expand(len(patches), -1, -1), patches], dim=1)
        placed: Tensor = tokens + self.pos_embedding_helper["pos_embed"]
        return placed


class TextStem(nn.Module):
    """Tokens with positions: (b, n) -> (b, n, width)."""

    def __init__(self, vocabulary: int, width: int, length: int) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.pos_embed = nn.Parameter(torch.empty(1, length, width))

    def forward(self, ids: Tensor, first: int) -> Tensor:
        """Tokens that stand at positions ``first`` and on."""
        embedded: Tensor = self.token_embedding(ids) + self.pos_embed[:, first : first + ids.shape[1]]
        return embedded


class ImageBind(nn.Module):
    """Both trunks with their heads; ``dim`` numbers from either."""

    def __init__(self, parts: dict[str, nn.Module], dim: int, context: int) -> None:
        super().__init__()
        self.audio_stem, self.audio_trunk = parts["audio_stem"], parts["audio_trunk"]
        self.text_stem, self.text_trunk = parts["text_stem"], parts["text_trunk"]
        self.audio_head, self.text_head = parts["audio_head"], parts["text_head"]
        self.dim, self.context = dim, context

    def embed_clips(self, pictures: Tensor) -> Tensor:
        """Spectrograms (b, clips, bands, frames) -> (b, dim): the mean of the clips' unit vectors."""
        tokens, _ = self.audio_trunk(self.audio_stem(pictures.flatten(0, 1).unsqueeze(1)))
        each: Tensor = functional.normalize(self.audio_head(tokens[:, 0]), dim=-1)
        return each.view(*pictures.shape[:2], -1).mean(1)

    def embed_tokens(self, ids: Tensor, past: Past = ()) -> Tensor:
        """Tokens (b, n), after a past of one row if given -> (b, dim), read at the last one."""
        x, _ = self.text_trunk(self.text_stem(ids, past[0][0].shape[2] if past else 0), past)
        embedded: Tensor = self.text_head(x[:, -1])
        return embedded

    def read(self, ids: Tensor) -> Past:
        """What the text trunk keeps of the tokens (1, n)."""
        kept: Past = self.text_trunk(self.text_stem(ids, 0))[1]
        return kept


def imagebind_from(checkpoint: Checkpoint, audio_heads: int | None, text_heads: int | None) -> ImageBind:
    """Build both trunks of a whole checkpoint; the other modalities' weights are left alone."""
    audio, text = ("modality_preprocessors.audio.", "modality_preprocessors.text.")
    width, _, side, _ = checkpoint.shape(audio + "rgbt_stem.proj.weight")
    tokens = checkpoint.shape(audio + "pos_embedding_helper.pos_embed")[1]
    context = checkpoint.shape(text + "pos_embed")[1]
    vocabulary, text_width = checkpoint.shape(text + "token_embedding.weight")
    parts: dict[str, nn.Module] = {
        "audio_stem": AudioStem(width, side, tokens),
        "text_stem": TextStem(vocabulary, text_width, context),
        "audio_trunk": _trunk(checkpoint, "audio", audio_heads),
        "text_trunk": _trunk(checkpoint, "text", text_heads),
        "audio_head": _head(checkpoint, "modality_heads.audio.", "0.", "2."),
        "text_head": _head(checkpoint, "modality_heads.text.proj.", "0.", "1."),
    }
    checkpoint.fill(parts["audio_stem"], audio)
    checkpoint.fill(parts["text_stem"], text)
    checkpoint.ignore(OTHERS)
    checkpoint.ignore(UNUSED)
    checkpoint.finish()
    return ImageBind(parts, checkpoint.shape("modality_heads.audio.2.weight")[0], context)


def _trunk(checkpoint: Checkpoint, modality: str, heads: int | None) -> Trunk:
    prefix = f"modality_trunks.{modality}."
    wide, width = checkpoint.shape(prefix + "blocks.0.mlp.fc1.weight")
    count = checkpoint.count(re.escape(prefix) + r"blocks\.(\d+)\.")
    learned = prefix + "blocks.0.attn.bias_k" in checkpoint.weights
    blocks = [Block(width, wide, heads or max(1, width // HEAD_SIZE), learned) for _ in range(count)]
    trunk = Trunk(blocks, causal=modality == "text")
    checkpoint.fill(trunk, prefix)
    return trunk


def _head(checkpoint: Checkpoint, prefix: str, norm: str, linear: str) -> nn.Sequential:
    """LayerNorm and Linear; between them the published module counts the choice of a token as a layer."""
    dim, width = checkpoint.shape(prefix + linear + "weight")
    head = nn.Sequential(nn.LayerNorm(width, eps=EPS), nn.Linear(width, dim, bias=False))
    checkpoint.fill(head, prefix, lambda name: (name.replace("0.", norm).replace("1.", linear), None))
    return head
