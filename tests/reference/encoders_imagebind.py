"""ImageBind's two trunks the plain way, by ``torch.nn.MultiheadAttention``; its tokenizer by the letter."""

from __future__ import annotations

import gzip
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


def shapes(vocabulary: int, dim: int = 24, width: int = 32, layers: int = 2) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a checkpoint, with a few of the weights of other modalities."""
    pre, s = "modality_preprocessors", {}
    s[f"{pre}.text.pos_embed"], s[f"{pre}.text.mask"] = (1, 77, width), (77, 77)
    s[f"{pre}.text.token_embedding.weight"] = (vocabulary, width)
    s[f"{pre}.audio.cls_token"] = (1, 1, width)
    s[f"{pre}.audio.rgbt_stem.proj.weight"] = (width, 1, 16, 16)
    s[f"{pre}.audio.rgbt_stem.norm_layer.weight"] = s[f"{pre}.audio.rgbt_stem.norm_layer.bias"] = (width,)
    s[f"{pre}.audio.pos_embedding_helper.pos_embed"] = (1, 229, width)
    for modality in ("text", "audio"):
        for i in range(layers):
            b = f"modality_trunks.{modality}.blocks.{i}"
            s[f"{b}.attn.in_proj_weight"], s[f"{b}.attn.in_proj_bias"] = (3 * width, width), (3 * width,)
            s[f"{b}.attn.out_proj.weight"], s[f"{b}.attn.out_proj.bias"] = (width, width), (width,)
            if modality == "audio":
                s[f"{b}.attn.bias_k"] = s[f"{b}.attn.bias_v"] = (1, 1, width)
            for norm in ("norm_1", "norm_2"):
                s[f"{b}.{norm}.weight"] = s[f"{b}.{norm}.bias"] = (width,)
            s[f"{b}.mlp.fc1.weight"], s[f"{b}.mlp.fc1.bias"] = (4 * width, width), (4 * width,)
            s[f"{b}.mlp.fc2.weight"], s[f"{b}.mlp.fc2.bias"] = (width, 4 * width), (width,)
        s[f"modality_postprocessors.{modality}.1.log_logit_scale"] = ()
    for head, last in (("text.proj", 1), ("audio", 2)):
        s[f"modality_heads.{head}.0.weight"] = s[f"modality_heads.{head}.0.bias"] = (width,)
        s[f"modality_heads.{head}.{last}.weight"] = (dim, width)
    return s | {
        "modality_trunks.vision.blocks.0.norm_1.weight": (8,),
        "modality_heads.imu.3.weight": (dim, 8),
    }


def trunk(w: Weights, modality: str, x: Tensor, heads: int, mask: Tensor | None) -> Tensor:
    """(1, n, width) -> (1, n, width)."""
    i = 0
    while f"modality_trunks.{modality}.blocks.{i}.norm_1.weight" in w:
        b = f"modality_trunks.{modality}.blocks.{i}."
        part = {k.removeprefix(b): v for k, v in w.items() if k.startswith(b)}
        n = x.shape[-1]
        attention = torch.nn.MultiheadAttention(n, heads, add_bias_kv="attn.bias_k" in part, batch_first=True)
        attention.load_state_dict({k[5:]: v for k, v in part.items() if k.startswith("attn.")})
        inner = F.layer_norm(x, (n,), part["norm_1.weight"], part["norm_1.bias"], 1e-6)
        x = x + attention(inner, inner, inner, need_weights=False, attn_mask=mask)[0]
        inner = F.layer_norm(x, (n,), part["norm_2.weight"], part["norm_2.bias"], 1e-6)
        inner = F.gelu(F.linear(inner, part["mlp.fc1.weight"], part["mlp.fc1.bias"]))
        x = x + F.linear(inner, part["mlp.fc2.weight"], part["mlp.fc2.bias"])
        i += 1
    return x


def head(w: Weights, name: str, last: int, x: Tensor) -> Tensor:
    x = F.layer_norm(x, x.shape[-1:], w[f"{name}.0.weight"], w[f"{name}.0.bias"], 1e-6)
    x = F.linear(x, w[f"{name}.{last}.weight"])
    return x / x.norm(dim=-1, keepdim=True)


def embed_text(w: Weights, ids: list[int], heads: int) -> np.ndarray:
    """Padded with zeros to 77 tokens, masked, read at the largest token: as published."""
    p = "modality_preprocessors.text."
    padded = torch.tensor([ids + [0] * (77 - len(ids))])
    x = w[f"{p}token_embedding.weight"][padded] + w[f"{p}pos_embed"]
    x = trunk(w, "text", x, heads, torch.full((77, 77), float("-inf")).triu(1))
    return head(w, "modality_heads.text.proj", 1, x[0, padded.argmax()]).numpy()


def embed_audio(w: Weights, samples: np.ndarray, heads: int) -> np.ndarray:
    """Three clips of two seconds, evenly spaced: (n,) at 16 kHz -> (dim,)."""
    p, out = "modality_preprocessors.audio.", []
    for i in range(3):
        first = int(max(len(samples) - 32000, 0) * i / 2)
        picture = torch.zeros(128, 204)
        bands = fbank(samples[first : first + 32000])[:, :204]
        picture[:, : bands.shape[1]] = torch.from_numpy(bands)
        picture = (picture + 4.268) / 9.138
        x = (
            F.conv2d(picture[None, None], w[f"{p}rgbt_stem.proj.weight"], stride=10)
            .flatten(2)
            .transpose(1, 2)
        )
        norm = (w[f"{p}rgbt_stem.norm_layer.{part}"] for part in ("weight", "bias"))
        x = torch.cat([w[f"{p}cls_token"], F.layer_norm(x, x.shape[-1:], *norm)], 1)
        x = trunk(w, "audio", x + w[f"{p}pos_embedding_helper.pos_embed"], heads, None)
        out.append(head(w, "modality_heads.audio", 2, x[0, 0]))
    mean = torch.stack(out).mean(0)
    return (mean / mean.norm()).numpy()


def fbank(samples: np.ndarray) -> np.ndarray:
    """Kaldi's filter bank, a frame at a time: (n,) -> (128, frames)."""
    x = samples.astype(np.float64) - samples.mean(dtype=np.float64)
    mel = lambda f: 1127 * np.log(1 + f / 700)  # noqa: E731
    edges = np.linspace(mel(20), mel(8000), 130)
    bins = mel(np.arange(256) * 16000 / 512)
    frames = []
    for first in range(0, len(x) - 399, 160):
        frame = x[first : first + 400] - x[first : first + 400].mean()
        frame = frame - 0.97 * np.concatenate([frame[:1], frame[:-1]])
        frame = frame * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399))
        power = np.abs(np.fft.fft(frame, 512)[:256]) ** 2
        row = []
        for left, centre, right in zip(edges, edges[1:], edges[2:], strict=False):
            row.append(
                power
                @ np.maximum(
                    0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre))
                )
            )
        frames.append(np.log(np.maximum(row, np.finfo(np.float32).eps)))
    return np.array(frames).T.astype(np.float32)


# ---- tokens


def write_merges(file: Path, merges: list[str]) -> None:
    file.write_bytes(gzip.compress(("#version\n" + "\n".join(merges) + "\n").encode()))


def tokens(file: Path, text: str) -> list[int]:
    """CLIP's byte-pair encoding, merge by merge."""
    merges = [
        tuple(line.split()) for line in gzip.decompress(file.read_bytes()).decode().split("\n")[1:] if line
    ]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = {b: chr(b) for b in printable}
    letters |= {b: chr(256 + n) for n, b in enumerate(b for b in range(256) if b not in printable)}
    order = [letters[b] for b in printable] + [letters[b] for b in range(256) if b not in printable]
    names = order + [x + "</w>" for x in order] + ["".join(pair) for pair in merges]
    ids = []
    for word in re.findall(r"'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\s a-z0-9]+", text.lower()):
        pieces = [letters[b] for b in word.encode()]
        pieces[-1] += "</w>"
        while len(pieces) > 1:
            pairs = [p for p in pairwise(pieces) if p in merges]
            if not pairs:
                break
            best, joined, i = min(pairs, key=merges.index), [], 0
            while i < len(pieces):
                step = 2 if tuple(pieces[i : i + 2]) == best else 1
                joined.append("".join(pieces[i : i + step]))
                i += step
            pieces = joined
        ids += [names.index(piece) for piece in pieces]
    return [len(names), *ids, len(names) + 1]
