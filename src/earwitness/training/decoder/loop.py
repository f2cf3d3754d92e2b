"""Training of a decoder from vectors to captions: lengths bucketed, resumable, the same every time."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from earwitness.common.arrays import Floats
from earwitness.training.decoder.checkpoints import resume, save_checkpoint, save_losses
from earwitness.training.decoder.corpus.batches import PAD, batches, in_order, padded
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.devices import Machine
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig
from earwitness.training.decoder.options import TrainOptions
from earwitness.training.decoder.published_adamw import PublishedAdamW

log = logging.getLogger(__name__)

END, UNKNOWN = 1, 2  # beside PAD, the marks of the tokenizers that we train
VALIDATION_BATCH = 256


class Examples(Protocol):
    """Texts of one pass, and their vectors on demand."""

    @property
    def texts(self) -> list[str]: ...

    def vectors(self, rows: Sequence[int], rng: np.random.Generator) -> Floats: ...


class Corpus(Protocol):
    """Where examples come from."""

    def __len__(self) -> int: ...

    def epoch(self, rng: np.random.Generator) -> Examples: ...


def train(
    corpus: Corpus,
    held_out: Examples,
    words: Vocabulary,
    config: DecoderConfig,
    options: TrainOptions,
    folder: Path,
    *,
    weights: dict[str, Tensor] | None = None,
    machine: Machine | None = None,
    measure: Callable[[CaptionDecoder], dict[str, float]] | None = None,
    after_epoch: Callable[[int, CaptionDecoder, dict[str, float]], None] | None = None,
    after_step: Callable[[int, int], None] | None = None,
) -> CaptionDecoder:
    """Train a decoder, or go on where a killed run stopped.

    After every epoch ``checkpoint.pt`` is replaced at once, so a run that is killed at any moment goes on
    from the last whole epoch, with the same result as one that was never stopped: every epoch draws from its
    own generator, seeded by the run's seed and the epoch's number.

    Parameters
    ----------
    corpus : Corpus
    held_out : Examples
        For the validation loss.
    words : Vocabulary, or a tokenizer of ``learn_tokenizer``
    config, options
    folder : Path
        Where the checkpoint is kept; made if missing.
    weights : dict, optional
        What the decoder begins with, for instance a pretrained GPT-2; random ones unless given.
    machine : Machine, optional
        The processor unless given.
    measure : callable, optional
        More figures of the model after every epoch, for ``epochs.jsonl``.
    after_epoch : callable, optional
        Called with the epoch's number, the model and the figures.
    after_step : callable, optional
        Called with the steps done and the steps of the whole run, for progress bars.
    """
    folder.mkdir(parents=True, exist_ok=True)
    machine = machine or Machine()
    torch.manual_seed(options.seed)
    model = CaptionDecoder(config)
    if weights is not None:
        model.load_state_dict(weights)
    machine.place(model)
    optimiser = _optimiser(model, options)
    steps = options.epochs * max(1, len(corpus) // options.batch)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: learning_rate(s, steps, options))
    first = resume(folder, model, optimiser, schedule, options)
    called, stepper = machine.prepare(model, optimiser)
    pass_ = _Pass(model, called, stepper, schedule, words, options, machine, steps, after_step)
    for epoch in range(first, options.epochs):
        began = time.monotonic()
        rng = np.random.default_rng((options.seed, epoch))
        torch.manual_seed(options.seed * 100_003 + epoch + 7919 * machine.index)
        losses = pass_.run(corpus.epoch(rng), rng)
        figures = {
            "epoch": epoch,
            "loss": sum(losses) / len(losses),
            "validation": validate(model, held_out, words, np.random.default_rng(options.seed)),
            "seconds": time.monotonic() - began,
        }
        if machine.main:
            figures.update(measure(model) if measure else {})
            log.info("epoch %d: loss %.3f, validation %.3f, %.0f s", *list(figures.values())[:4])
            save_losses(folder, epoch, losses)
            save_checkpoint(folder, model, optimiser, schedule, options, epoch, figures)
            if after_epoch:
                after_epoch(epoch, model, figures)
        machine.wait()
    return model.eval()


def _optimiser(model: nn.Module, options: TrainOptions) -> torch.optim.Optimizer:
    kind = PublishedAdamW if options.optimiser == "published" else torch.optim.AdamW
    return kind(
        model.parameters(),
        lr=options.rate,
        weight_decay=options.weight_decay,
        betas=options.betas,
        eps=options.epsilon,
    )


def learning_rate(step: int, steps: int, options: TrainOptions) -> float:
    """Share of the full rate at a step: linear warm-up, then the schedule's fall.

    >>> round(learning_rate(50, 100, TrainOptions(warmup=0, schedule="linear")), 3)
    0.5
    """
    if options.schedule == "linear":
        if step < options.warmup:
            return step / options.warmup
        return max(0.0, (steps - step) / max(1, steps - options.warmup))
    cosine = 0.505 + 0.495 * math.cos(math.pi * min(1.0, step / steps))
    return min(1.0, (step + 1) / max(1, options.warmup)) * cosine


@dataclass(frozen=True, eq=False)
class _Pass:
    """Everything that one pass over the examples moves."""

    model: CaptionDecoder
    called: nn.Module  # the model, perhaps within what spreads it over devices
    optimiser: Any
    schedule: torch.optim.lr_scheduler.LambdaLR
    words: Vocabulary
    options: TrainOptions
    machine: Machine
    steps: int
    after_step: Callable[[int, int], None] | None

    def run(self, examples: Examples, rng: np.random.Generator) -> list[float]:
        """One epoch; returns the loss of each batch."""
        self.model.train()
        options, losses = self.options, []
        tokens = self.words.encode(examples.texts, self.model.config.max_tokens, keep_end=options.keep_end)
        for rows in self._batches([len(t) for t in tokens], rng):
            vectors = torch.from_numpy(examples.vectors(rows, rng))
            losses.append(self.step(vectors, padded([tokens[r] for r in rows], self.words.pad)))
        return losses

    def _batches(self, lengths: list[int], rng: np.random.Generator) -> list[list[int]]:
        options = self.options
        if options.order == "bucketed":
            return batches(lengths, options.batch, rng, drop_last=options.drop_last)
        return in_order(len(lengths), options.batch, drop_last=options.drop_last)

    def step(self, vectors: Tensor, tokens: Tensor) -> float:
        """Learn from one batch; returns its loss."""
        machine, options = self.machine, self.options
        vectors, tokens, count = self._share(vectors, tokens)
        with machine.computing():
            loss = caption_loss(self.called, vectors, tokens, options.label_smoothing, self.words.pad, count)
        self.optimiser.zero_grad()
        # gradients are the mean of the processes' own, and the loss is their sum
        machine.backward(loss * machine.processes if machine.processes > 1 else loss)
        if options.clip:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), options.clip)
        self.optimiser.step()
        self.schedule.step()
        if self.after_step:
            self.after_step(self.schedule.last_epoch, self.steps)
        return machine.total(loss.item())

    def _share(self, vectors: Tensor, tokens: Tensor) -> tuple[Tensor, Tensor, int | None]:
        """This process's rows, and the tokens of the whole batch where others have some of them."""
        machine, pad = self.machine, self.words.pad
        part = machine.share(range(len(vectors)))
        count = int((tokens != pad).sum()) if machine.processes > 1 else None
        if not part:  # every process takes part in every step: a row without a word
            tokens = torch.full_like(tokens, pad)
        rows = part or [0]
        return vectors[rows].to(machine.device), tokens[rows].to(machine.device), count


def caption_loss(
    model: nn.Module,
    vectors: Tensor,
    tokens: Tensor,
    smoothing: float = 0.0,
    pad: int = PAD,
    count: int | None = None,
) -> Tensor:
    """Mean cross-entropy of every token after those before it; padding does not count.

    With ``count``, the sum over these tokens as a share of a batch that has so many.
    """
    logits = model(vectors, tokens[:, :-1])
    loss = F.cross_entropy(
        logits.flatten(0, 1),
        tokens.flatten(),
        ignore_index=pad,
        label_smoothing=smoothing,
        reduction="mean" if count is None else "sum",
    )
    return loss if count is None else loss / count


@torch.no_grad()
def validate(model: CaptionDecoder, examples: Examples, words: Vocabulary, rng: np.random.Generator) -> float:
    """Loss on held-out captions, a token's mean."""
    device = next(model.parameters()).device
    model.eval()
    tokens = words.encode(examples.texts, model.config.max_tokens)
    total = count = 0.0
    for rows in batches([len(t) for t in tokens], VALIDATION_BATCH, None):
        kept = sum(len(tokens[r]) for r in rows)
        vectors = torch.from_numpy(examples.vectors(rows, rng)).to(device)
        batch = padded([tokens[r] for r in rows], words.pad).to(device)
        total += kept * caption_loss(model, vectors, batch, pad=words.pad).item()
        count += kept
    return total / count
