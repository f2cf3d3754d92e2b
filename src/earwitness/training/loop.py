"""Training of a decoder from vectors to captions: lengths bucketed, resumable, the same every time."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from earwitness.training.model import CaptionDecoder, DecoderConfig

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]
PAD, END, UNKNOWN = 0, 1, 2  # the tokenizers that we train begin with these three
BUCKET = 16  # batches whose captions are sorted by length together


class Examples(Protocol):
    """Texts of one pass, and their vectors on demand."""

    texts: list[str]

    def vectors(self, rows: Sequence[int], rng: np.random.Generator) -> Floats: ...


class Corpus(Protocol):
    """Where examples come from."""

    def __len__(self) -> int: ...

    def epoch(self, rng: np.random.Generator) -> Examples: ...


@dataclass(frozen=True)
class TrainOptions:
    """How long and how fast is learned."""

    epochs: int = 10
    batch: int = 128
    rate: float = 1e-3
    warmup: int = 300
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    clip: float = 1.0
    seed: int = 0


def train(
    corpus: Corpus,
    held_out: Examples,
    tokenizer: Any,
    config: DecoderConfig,
    options: TrainOptions,
    folder: Path,
    *,
    after_epoch: Callable[[int, CaptionDecoder, dict[str, float]], None] | None = None,
) -> CaptionDecoder:
    """Train a decoder, or go on where a killed run stopped.

    After every epoch ``checkpoint.pt`` is replaced at once, so a run that is killed at any moment goes on
    from the last whole epoch, with the same result as one that was never stopped: every epoch draws from its
    own generator, seeded by the run's seed and the epoch's number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    model = CaptionDecoder(config)
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=options.rate, weight_decay=options.weight_decay, betas=(0.9, 0.98)
    )
    steps = options.epochs * max(1, len(corpus) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: _rate(s, steps, options.warmup))
    first = _resume(folder, model, optimiser, schedule, options)
    for epoch in range(first, options.epochs):
        began = time.monotonic()
        rng = np.random.default_rng((options.seed, epoch))
        torch.manual_seed(options.seed * 100_003 + epoch)
        loss = _one_epoch(model, optimiser, schedule, corpus.epoch(rng), tokenizer, options, rng)
        figures = {
            "epoch": epoch,
            "loss": loss,
            "validation": validate(model, held_out, tokenizer, np.random.default_rng(options.seed)),
            "seconds": time.monotonic() - began,
        }
        log.info("epoch %d: loss %.3f, validation %.3f, %.0f s", *figures.values())
        _checkpoint(folder, model, optimiser, schedule, options, epoch, figures)
        if after_epoch:
            after_epoch(epoch, model, figures)
    return model.eval()


def _rate(step: int, steps: int, warmup: int) -> float:
    """Linear warm-up, then a cosine to a hundredth."""
    return min(1.0, (step + 1) / max(1, warmup)) * (0.505 + 0.495 * math.cos(math.pi * min(1.0, step / steps)))


def _one_epoch(
    model: CaptionDecoder,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    examples: Examples,
    tokenizer: Any,
    options: TrainOptions,
    rng: np.random.Generator,
) -> float:
    model.train()
    tokens = encode(tokenizer, examples.texts, model.config.max_tokens)
    total, batches = 0.0, _batches([len(t) for t in tokens], options.batch, rng)
    for rows in batches:
        vectors = torch.from_numpy(examples.vectors(rows, rng))
        loss = caption_loss(model, vectors, padded([tokens[r] for r in rows]), options.label_smoothing)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), options.clip)
        optimiser.step()
        schedule.step()
        total += loss.item()
    return total / len(batches)


def caption_loss(model: CaptionDecoder, vectors: Tensor, tokens: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy of every token after those before it; padding does not count."""
    logits = model(vectors, tokens[:, :-1])
    return F.cross_entropy(
        logits.flatten(0, 1), tokens.flatten(), ignore_index=PAD, label_smoothing=smoothing
    )


@torch.no_grad()
def validate(model: CaptionDecoder, examples: Examples, tokenizer: Any, rng: np.random.Generator) -> float:
    """Loss on held-out captions, a token's mean."""
    model.eval()
    tokens = encode(tokenizer, examples.texts, model.config.max_tokens)
    total = count = 0.0
    for rows in _batches([len(t) for t in tokens], 256, None):
        kept = sum(len(tokens[r]) for r in rows)
        vectors = torch.from_numpy(examples.vectors(rows, rng))
        total += kept * caption_loss(model, vectors, padded([tokens[r] for r in rows])).item()
        count += kept
    return total / count


def encode(tokenizer: Any, texts: Sequence[str], longest: int) -> list[list[int]]:
    """Texts as token lists with the end mark; those too long are cut and keep it."""
    return [e.ids[: longest - 1] + [END] for e in tokenizer.encode_batch(list(texts))]


def padded(tokens: Sequence[list[int]]) -> Tensor:
    """Token lists -> (n, longest) int64, padded on the right."""
    out = torch.full((len(tokens), max(map(len, tokens))), PAD)
    for row, ids in enumerate(tokens):
        out[row, : len(ids)] = torch.tensor(ids)
    return out


def _batches(lengths: list[int], size: int, rng: np.random.Generator | None) -> list[list[int]]:
    """Rows in batches of like length, in random order; without a generator in the order of their length."""
    rows = rng.permutation(len(lengths)) if rng else np.argsort(lengths, kind="stable")
    batches = []
    for start in range(0, len(rows), size * BUCKET):
        bucket = sorted(rows[start : start + size * BUCKET], key=lambda r: lengths[r])
        batches += [[int(r) for r in bucket[i : i + size]] for i in range(0, len(bucket), size)]
    return [batches[i] for i in rng.permutation(len(batches))] if rng else batches


def _checkpoint(
    folder: Path,
    model: CaptionDecoder,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    options: TrainOptions,
    epoch: int,
    figures: dict[str, float],
) -> None:
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "options": asdict(options),
        "config": model.config.to_dict(),
        "epoch": epoch,
    }
    torch.save(state, folder / "checkpoint.tmp")
    os.replace(folder / "checkpoint.tmp", folder / "checkpoint.pt")
    with (folder / "epochs.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in figures.items()}) + "\n")


def _resume(
    folder: Path,
    model: CaptionDecoder,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    options: TrainOptions,
) -> int:
    """Load ``checkpoint.pt`` if it is of this very run; returns the epoch to begin with."""
    path = folder / "checkpoint.pt"
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["options"] != asdict(options) or state["config"] != model.config.to_dict():
        raise ValueError(f"{path} is of a run with other options; choose another folder or remove it.")
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epoch"]) + 1
