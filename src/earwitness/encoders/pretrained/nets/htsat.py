"""HTSAT (Chen et al. 2022, arXiv 2202.00874) as in WavCaps and MS-CLAP, on transformers' ``ClapAudioModel``.

Both published programs carry the original implementation, whose weights have other names; queries, keys and
values lie in one matrix there and in three here. All sizes are read off the weights.
"""

from __future__ import annotations

import re
from math import isqrt
from typing import Any

from torch import Tensor, nn
from transformers import ClapAudioConfig, ClapAudioModel

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.nets.logmel import TorchlibrosaLogMel, librosa_filters

N_FFT, HOP = 1024, 320  # samples; both programs, at 32 and at 44.1 kHz
SPEC_SIZE = 256  # pixels: 1024 frames x 64 bands are folded into 256 x 256

# Tables that are rebuilt, and the heads of the sound event task on which HTSAT was pre-trained.
UNUSED = r"(.*\.(attn_mask|relative_position_index)|(tscam_conv|head)\.(weight|bias))$"

# ours -> the checkpoint's
NAMES = (
    (r"^audio_encoder\.", ""),
    (r"^batch_norm\.", "bn0."),
    (r"\.layernorm_before\.", ".norm1."),
    (r"\.layernorm_after\.", ".norm2."),
    (r"\.attention\.self\.relative_position_bias_table$", ".attn.relative_position_bias_table"),
    (r"\.attention\.output\.dense\.", ".attn.proj."),
    (r"\.intermediate\.dense\.", ".mlp.fc1."),
    (r"(\.blocks\.\d+)\.output\.dense\.", r"\1.mlp.fc2."),
    (r"\.attention\.self\.(query|key|value)\.", ".attn.qkv."),
)


class Htsat(nn.Module):
    """Samples to HTSAT's embedding, the mean over its last layer: (b, n) -> (b, width).

    At most 1024 frames, which is 10.24 s at 32 kHz and 7.4 s at 44.1 kHz; fewer are stretched to 1024.
    """

    def __init__(self, logmel: nn.Module, body: nn.Module, width: int, longest: int) -> None:
        super().__init__()
        self.logmel, self.body, self.width = logmel, body, width
        self.frames = (1, longest)  # least and most frames that it hears

    def forward(self, samples: Tensor) -> Tensor:
        """Embed samples: (b, n) -> (b, width)."""
        pooled: Tensor = self.body(input_features=self.logmel(samples)).pooler_output
        return pooled


def htsat_from(
    checkpoint: Checkpoint, prefix: str, rate: int, band: tuple[float, float], front: tuple[str, str]
) -> Htsat:
    """Build HTSAT of the weights under ``prefix``.

    Parameters
    ----------
    checkpoint : Checkpoint
    prefix : str
        Before ``patch_embed.proj.weight`` and the like, with its dot.
    rate : int
        Sample rate, in Hz.
    band : (lowest, highest)
        Of the mel filters, in Hz, where the checkpoint does not bring its filters along.
    front : (transform, filters)
        The names, after ``prefix``, under which torchlibrosa's parameters lie.
    """
    config = _config(checkpoint, prefix)
    kind: Any = ClapAudioModel
    body = kind(config)
    checkpoint.fill(body, prefix, htsat_name)
    checkpoint.ignore("^" + re.escape(prefix) + UNUSED)
    logmel = front_end(checkpoint, prefix, rate, int(config.num_mel_bins), band, front)
    longest = int(config.spec_size) ** 2 // int(config.num_mel_bins)  # as many as the image has room for
    return Htsat(logmel, body, int(config.hidden_size), longest)


def front_end(
    checkpoint: Checkpoint,
    prefix: str,
    rate: int,
    mels: int,
    band: tuple[float, float],
    front: tuple[str, str],
) -> TorchlibrosaLogMel:
    """The log-mel of a checkpoint trained with torchlibrosa, with the parameters it brings along."""
    transform, filters = (checkpoint.part(prefix + name + ".") for name in front)
    checkpoint.ignore("^" + re.escape(prefix + front[0]) + r"\.(stft\.)?conv_(real|imag)\.weight$")
    checkpoint.ignore("^" + re.escape(prefix + front[1]) + r"\.melW$")
    stored = {name: transform[f"stft.{name}.weight"] for name in ("conv_real", "conv_imag")
              if f"stft.{name}.weight" in transform}  # fmt: skip
    return TorchlibrosaLogMel(N_FFT, HOP, librosa_filters(rate, N_FFT, mels, *band), {**stored, **filters})


def htsat_name(ours: str) -> tuple[str, int | None]:
    """The original implementation's name for a weight of ``ClapAudioModel``.

    >>> htsat_name("audio_encoder.layers.0.blocks.1.attention.self.key.bias")
    ('layers.0.blocks.1.attn.qkv.bias', 1)
    >>> htsat_name("audio_encoder.layers.2.blocks.0.output.dense.weight")
    ('layers.2.blocks.0.mlp.fc2.weight', None)
    """
    part = re.search(r"\.self\.(query|key|value)\.", ours)
    third = ("query", "key", "value").index(part.group(1)) if part else None
    for pattern, replacement in NAMES:
        ours = re.sub(pattern, replacement, ours)
    return ours, third


def _config(checkpoint: Checkpoint, prefix: str) -> ClapAudioConfig:
    """The sizes of the network, read off the shapes of its weights."""
    p = re.escape(prefix)
    stages = checkpoint.count(p + r"layers\.(\d+)\.")
    depths = [checkpoint.count(p + rf"layers\.{i}\.blocks\.(\d+)\.") for i in range(stages)]
    tables = [
        checkpoint.shape(f"{prefix}layers.{i}.blocks.0.attn.relative_position_bias_table")
        for i in range(stages)
    ]
    width, _, patch, _ = checkpoint.shape(prefix + "patch_embed.proj.weight")
    window = (isqrt(tables[0][0]) + 1) // 2 if tables else 8  # (2w - 1)² relative positions
    hidden = checkpoint.shape(prefix + "layers.0.blocks.0.mlp.fc1.weight")[0]
    return ClapAudioConfig(
        window_size=window,
        num_mel_bins=checkpoint.shape(prefix + "bn0.weight")[0],
        spec_size=_spec_size(checkpoint, prefix, window, patch),
        patch_size=patch,
        patch_stride=[patch, patch],
        hidden_size=width * 2 ** (stages - 1),
        depths=depths,
        num_attention_heads=[table[1] for table in tables],
        patch_embeds_hidden_size=width,
        mlp_ratio=hidden / width,
    )


def _spec_size(checkpoint: Checkpoint, prefix: str, window: int, patch: int) -> int:
    """The image's side: the first stage's mask has one row a window, (side / patch / window)² in all."""
    mask = checkpoint.weights.get(prefix + "layers.0.blocks.1.attn_mask")
    return SPEC_SIZE if mask is None else isqrt(len(mask)) * window * patch
