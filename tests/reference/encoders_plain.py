"""HTSAT, Cnn14, BERT and GPT-2 the plain way: weights by their published names, no library model.

Each network comes with ``*_shapes``: the names and shapes of a checkpoint's weights.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Weights = dict[str, Tensor]


# ---- log-mel as torchlibrosa computes it


def slaney_filters(rate: int, n_fft: int, mels: int, low: float, high: float) -> np.ndarray:
    """Triangles of equal area between points equally spaced on Slaney's scale: (bins, mels)."""

    def to_mel(f: np.ndarray) -> np.ndarray:
        return np.where(f < 1000, f * 3 / 200, 15 + 27 * np.log(np.maximum(f, 1e-9) / 1000) / np.log(6.4))

    def to_hz(m: np.ndarray) -> np.ndarray:
        return np.where(m < 15, m * 200 / 3, 1000 * np.exp((m - 15) * np.log(6.4) / 27))

    edges = to_hz(np.linspace(to_mel(np.array(low)), to_mel(np.array(high)), mels + 2))
    bins = np.arange(n_fft // 2 + 1) * rate / n_fft
    out = np.zeros((len(bins), mels))
    for m in range(mels):
        left, centre, right = edges[m : m + 3]
        rise, fall = (bins - left) / (centre - left), (right - bins) / (right - centre)
        out[:, m] = np.maximum(0, np.minimum(rise, fall)) * 2 / (right - left)
    return out


def dft(n_fft: int) -> tuple[np.ndarray, np.ndarray]:
    """Windowed Fourier transform as two matrices (bins, n_fft)."""
    t = np.arange(n_fft)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * t / n_fft)
    angle = 2 * np.pi * np.outer(np.arange(n_fft // 2 + 1), t) / n_fft
    return np.cos(angle) * window, -np.sin(angle) * window


def log_mel(samples: np.ndarray, rate: int, band: tuple[float, float], mels: int = 64) -> Tensor:
    """(n,) -> (frames, mels) in dB: frames of 1024 every 320."""
    padded = np.pad(samples.astype(np.float64), 512, mode="reflect")
    frames = np.stack([padded[i : i + 1024] for i in range(0, len(padded) - 1023, 320)])
    real, imag = (frames @ matrix.T for matrix in dft(1024))
    mel = (real**2 + imag**2) @ slaney_filters(rate, 1024, mels, *band)
    return torch.from_numpy(10 * np.log10(np.maximum(mel, 1e-10))).float()


def front_end(transform: str, filters: str, rate: int, band: tuple[float, float]) -> Weights:
    """torchlibrosa's frozen parameters, by their names, with their true values."""
    real, imag = (torch.from_numpy(m).float()[:, None] for m in dft(1024))
    mel = torch.from_numpy(slaney_filters(rate, 1024, 64, *band)).float()
    stft = f"{transform}.stft.conv"
    return {f"{stft}_real.weight": real, f"{stft}_imag.weight": imag, f"{filters}.melW": mel}


# ---- HTSAT


def htsat_shapes(width: int, depths: list[int], heads: list[int]) -> dict[str, tuple[int, ...]]:
    s: dict[str, tuple[int, ...]] = {}

    def norm(name: str, n: int) -> None:
        s[f"{name}.weight"], s[f"{name}.bias"] = (n,), (n,)

    def linear(name: str, n_in: int, n_out: int) -> None:
        s[f"{name}.weight"], s[f"{name}.bias"] = (n_out, n_in), (n_out,)

    norm("bn0", 64)
    s["bn0.running_mean"], s["bn0.running_var"], s["bn0.num_batches_tracked"] = (64,), (64,), ()
    s["patch_embed.proj.weight"], s["patch_embed.proj.bias"] = (width, 1, 4, 4), (width,)
    norm("patch_embed.norm", width)
    for i, (depth, head) in enumerate(zip(depths, heads, strict=True)):
        n = width * 2**i
        for j in range(depth):
            b = f"layers.{i}.blocks.{j}"
            norm(f"{b}.norm1", n)
            norm(f"{b}.norm2", n)
            linear(f"{b}.attn.qkv", n, 3 * n)
            linear(f"{b}.attn.proj", n, n)
            s[f"{b}.attn.relative_position_bias_table"] = (225, head)
            s[f"{b}.attn.relative_position_index"] = (64, 64)
            linear(f"{b}.mlp.fc1", n, 4 * n)
            linear(f"{b}.mlp.fc2", 4 * n, n)
            if j % 2 and 64 >> i > 8:
                s[f"{b}.attn_mask"] = ((64 // 2**i // 8) ** 2, 64, 64)
        if i < len(depths) - 1:
            s[f"layers.{i}.downsample.reduction.weight"] = (2 * n, 4 * n)
            norm(f"layers.{i}.downsample.norm", 4 * n)
    last = width * 2 ** (len(depths) - 1)
    norm("norm", last)
    linear("head", 527, 527)
    s["tscam_conv.weight"], s["tscam_conv.bias"] = (527, last, 2, 3), (527,)
    return s


def swin_attention(w: Weights, b: str, x: Tensor, heads: int, shift: int) -> Tensor:
    """Attention within windows of 8 x 8 of an image (h, w, n), each window by itself."""
    side, _, n = x.shape
    label = torch.zeros(side, side)
    if shift:
        x = torch.roll(x, (-shift, -shift), (0, 1))
        edges = [slice(0, -8), slice(-8, -shift), slice(-shift, None)]
        for k, (r, c) in enumerate((r, c) for r in edges for c in edges):
            label[r, c] = k
    at = torch.stack(torch.meshgrid(torch.arange(8), torch.arange(8), indexing="ij")).flatten(1)
    apart = at[:, :, None] - at[:, None, :] + 7
    bias = w[f"{b}.relative_position_bias_table"][apart[0] * 15 + apart[1]].permute(2, 0, 1)
    out = torch.zeros_like(x)
    for r in range(0, side, 8):
        for c in range(0, side, 8):
            tokens = x[r : r + 8, c : c + 8].reshape(64, n)
            q, k, v = (
                F.linear(tokens, w[f"{b}.qkv.weight"], w[f"{b}.qkv.bias"]).reshape(64, 3, heads, -1).unbind(1)
            )
            scores = torch.einsum("ihd,jhd->hij", q, k) / q.shape[-1] ** 0.5 + bias
            zone = label[r : r + 8, c : c + 8].reshape(64)
            scores = scores - 100 * (zone[:, None] != zone[None, :])
            mixed = torch.einsum("hij,jhd->ihd", scores.softmax(-1), v).reshape(64, n)
            out[r : r + 8, c : c + 8] = F.linear(mixed, w[f"{b}.proj.weight"], w[f"{b}.proj.bias"]).reshape(
                8, 8, n
            )
    return torch.roll(out, (shift, shift), (0, 1)) if shift else out


def htsat(w: Weights, mel: Tensor, depths: list[int], heads: list[int]) -> Tensor:
    """(frames, 64) -> (width,)."""

    def norm(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, w[f"{name}.weight"], w.get(f"{name}.bias"))

    x = (mel - w["bn0.running_mean"]) / (w["bn0.running_var"] + 1e-5).sqrt() * w["bn0.weight"] + w["bn0.bias"]
    if len(x) < 1024:
        x = F.interpolate(x[None, None], (1024, 64), mode="bicubic", align_corners=True)[0, 0]
    image = torch.cat([x[256 * k : 256 * (k + 1)].T for k in range(4)])  # four stretches of time, stacked
    x = F.conv2d(image[None, None], w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=4)[0]
    x = norm("patch_embed.norm", x.permute(1, 2, 0))
    for i, (depth, head) in enumerate(zip(depths, heads, strict=True)):
        for j in range(depth):
            b = f"layers.{i}.blocks.{j}"
            shift = 4 if j % 2 and x.shape[0] > 8 else 0
            x = x + swin_attention(w, f"{b}.attn", norm(f"{b}.norm1", x), head, shift)
            x = x + linear(f"{b}.mlp.fc2", F.gelu(linear(f"{b}.mlp.fc1", norm(f"{b}.norm2", x))))
        if i < len(depths) - 1:
            x = torch.cat([x[0::2, 0::2], x[1::2, 0::2], x[0::2, 1::2], x[1::2, 1::2]], dim=-1)
            x = linear(f"layers.{i}.downsample.reduction", norm(f"layers.{i}.downsample.norm", x))
    return norm("norm", x).mean((0, 1))


# ---- Cnn14


def cnn14_shapes(widths: list[int]) -> dict[str, tuple[int, ...]]:
    s: dict[str, tuple[int, ...]] = {}

    def batch_norm(name: str, n: int) -> None:
        for part in ("weight", "bias", "running_mean", "running_var"):
            s[f"{name}.{part}"] = (n,)
        s[f"{name}.num_batches_tracked"] = ()

    batch_norm("bn0", 64)
    for i, (n_in, n) in enumerate(zip([1, *widths], widths, strict=False), 1):
        s[f"conv_block{i}.conv1.weight"], s[f"conv_block{i}.conv2.weight"] = (n, n_in, 3, 3), (n, n, 3, 3)
        batch_norm(f"conv_block{i}.bn1", n)
        batch_norm(f"conv_block{i}.bn2", n)
    return s


def cnn14(w: Weights, mel: Tensor, blocks: int) -> Tensor:
    """(frames, 64) -> (width,)."""

    def batch_norm(name: str, x: Tensor) -> Tensor:
        parts = (w[f"{name}.{p}"] for p in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *parts)

    x = batch_norm("bn0", mel[None, :, :, None].transpose(1, 2)).transpose(1, 2)[:, None, :, :, 0]
    for i in range(1, blocks + 1):
        for j in (1, 2):
            x = F.conv2d(x, w[f"conv_block{i}.conv{j}.weight"], padding=1)
            x = batch_norm(f"conv_block{i}.bn{j}", x).relu()
        x = F.avg_pool2d(x, 2)
    x = x.mean(3)[0]
    return x.max(1).values + x.mean(1)


# ---- text towers


def bert_shapes(
    vocabulary: int, width: int, layers: int, wide: int, positions: int
) -> dict[str, tuple[int, ...]]:
    s: dict[str, tuple[int, ...]] = {"embeddings.position_ids": (1, positions)}
    for name, n in (("word", vocabulary), ("position", positions), ("token_type", 2)):
        s[f"embeddings.{name}_embeddings.weight"] = (n, width)
    linears = {"attention.self.query": (width, width), "attention.self.key": (width, width),
               "attention.self.value": (width, width), "attention.output.dense": (width, width),
               "intermediate.dense": (wide, width), "output.dense": (width, wide)}  # fmt: skip
    for i in range(layers):
        for name, shape in linears.items():
            s[f"encoder.layer.{i}.{name}.weight"], s[f"encoder.layer.{i}.{name}.bias"] = shape, shape[:1]
    norms = [
        "embeddings",
        *(f"encoder.layer.{i}.{p}output" for i in range(layers) for p in ("attention.", "")),
    ]
    for name in norms:
        s[f"{name}.LayerNorm.weight"], s[f"{name}.LayerNorm.bias"] = (width,), (width,)
    return s


def attention(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor) -> Tensor:
    """(n, width) each, mask (n, n) added to the scores."""
    q, k, v = (x.reshape(len(x), heads, -1) for x in (q, k, v))
    scores = torch.einsum("ihd,jhd->hij", q, k) / q.shape[-1] ** 0.5 + mask
    return torch.einsum("hij,jhd->ihd", scores.softmax(-1), v).reshape(len(q), -1)


def bert(w: Weights, ids: list[int], heads: int) -> Tensor:
    """Tokens -> hidden state of the first, (width,)."""

    def linear(name: str, x: Tensor) -> Tensor:
        return F.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def norm(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(
            x, x.shape[-1:], w[f"{name}.LayerNorm.weight"], w[f"{name}.LayerNorm.bias"], 1e-12
        )

    x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm("embeddings", x + w["embeddings.token_type_embeddings.weight"][0])
    i = 0
    while f"encoder.layer.{i}.output.dense.weight" in w:
        p = f"encoder.layer.{i}."
        q, k, v = (linear(f"{p}attention.self.{name}", x) for name in ("query", "key", "value"))
        mixed = attention(q, k, v, heads, torch.zeros(len(ids), len(ids)))
        x = norm(f"{p}attention.output", x + linear(f"{p}attention.output.dense", mixed))
        wide = F.gelu(linear(f"{p}intermediate.dense", x))
        x = norm(f"{p}output", x + linear(f"{p}output.dense", wide))
        i += 1
    return x[0]


def gpt2_shapes(vocabulary: int, width: int, layers: int, positions: int) -> dict[str, tuple[int, ...]]:
    s: dict[str, tuple[int, ...]] = {"wte.weight": (vocabulary, width), "wpe.weight": (positions, width)}
    for i in range(layers):
        for norm in ("ln_1", "ln_2"):
            s[f"h.{i}.{norm}.weight"], s[f"h.{i}.{norm}.bias"] = (width,), (width,)
        sizes = {"attn.c_attn": (1, 3), "attn.c_proj": (1, 1), "mlp.c_fc": (1, 4), "mlp.c_proj": (4, 1)}
        for name, (n_in, n_out) in ((k, (width * i, width * o)) for k, (i, o) in sizes.items()):
            s[f"h.{i}.{name}.weight"], s[f"h.{i}.{name}.bias"] = (n_in, n_out), (n_out,)
        s[f"h.{i}.attn.bias"], s[f"h.{i}.attn.masked_bias"] = (1, 1, positions, positions), ()
    s["ln_f.weight"], s["ln_f.bias"] = (width,), (width,)
    return s


def gpt2(w: Weights, ids: list[int], heads: int) -> Tensor:
    """Tokens -> hidden states (n, width)."""

    def linear(name: str, x: Tensor) -> Tensor:
        return x @ w[f"{name}.weight"] + w[f"{name}.bias"]

    def norm(name: str, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"])

    x = w["wte.weight"][ids] + w["wpe.weight"][: len(ids)]
    causal = torch.full((len(ids), len(ids)), -1e9).triu(1)
    i = 0
    while f"h.{i}.ln_1.weight" in w:
        p = f"h.{i}."
        q, k, v = linear(f"{p}attn.c_attn", norm(f"{p}ln_1", x)).chunk(3, -1)
        x = x + linear(f"{p}attn.c_proj", attention(q, k, v, heads, causal))
        x = x + linear(
            f"{p}mlp.c_proj", F.gelu(linear(f"{p}mlp.c_fc", norm(f"{p}ln_2", x)), approximate="tanh")
        )
        i += 1
    return norm("ln_f", x)
