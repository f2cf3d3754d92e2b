"""What the published systems train, by name, and a small one for computers without a GPU."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, check_share, option
from earwitness.training.decoder.options import TrainOptions


@dataclass(frozen=True)
class Recipe:
    """Everything that training a decoder on captions takes besides captions and encoder."""

    words: str = option(
        "learned:3000",
        "The words it writes: learned, learned:SIZE or wordpiece; of no account with --pretrained.",
    )
    pretrained: str = option("", "Begin as this GPT-2: hub id or folder; empty for random weights.")
    width: int = option(256, "Width of the decoder.")
    layers: int = option(4, "Its layers.")
    heads: int = option(4, "Its attention heads.")
    prefix: int = option(4, "Vectors that an embedding becomes.")
    mapper: int = option(0, "Layers of CapDec's mapper between embedding and prefix; 0: linear.")
    max_tokens: int = option(40, "Longest caption in tokens, its end mark counted.")
    positions: int = option(0, "Places that it has weights for, used or not; 0: no more than are used.")
    rows: int = option(0, "Rows of its table of words, used or not; 0: as many as there are words.")
    dropout: float = option(0.1, "Share of activations dropped.")
    noise: float = option(0.001, "Variance of the noise on embeddings; earwitness gap estimates it.")
    skip_shift_without_noise: bool = option(False, "With --noise 0 no shift either: the published rule.")
    start: Literal["even", "published"] = option(
        "even", "Random weights: a prefix as long as a token, or as the published program draws them."
    )
    hold_out: int = option(500, "Captions to validate on, a twentieth at most, where none are given.")
    train: TrainOptions = field(default_factory=TrainOptions)

    def __post_init__(self) -> None:
        check_least(self, 1, "width", "layers", "heads", "prefix", "max_tokens")
        check_least(self, 0, "mapper", "noise", "positions", "rows", "hold_out")
        check_share(self, "dropout")
        if self.start not in ("even", "published"):
            raise OptionError(f"start is 'even' or 'published', not {self.start!r}.")


SMALL = Recipe()
"""A tenth of WSAC's size: trains on AudioCaps in minutes on a processor."""

WSAC = Recipe(
    words="wordpiece",
    width=768,
    prefix=1,
    max_tokens=22,
    positions=1024,
    rows=50257,
    noise=0.001,
    skip_shift_without_noise=True,
    start="published",
    hold_out=0,
    train=TrainOptions(
        epochs=30,
        batch=64,
        rate=1e-5,
        warmup=100,
        weight_decay=0.02,
        label_smoothing=0.0,
        clip=0.0,
        schedule="linear",
        betas=(0.9, 0.999),
        epsilon=1e-6,
        optimiser="published",
        drop_last=True,
        order="once",
        keep_end=False,
    ),
)
"""Kouzelis & Katsouros 2023, as the published program trains, to the last option: docs/as-published.md.

Its configuration is GPT-2's, with its 50257 rows of words and 1024 positions, of which BERT's words and the
first 23 are learned. earwitness gap estimates the noise."""

WSAC_BEST = replace(
    WSAC,
    max_tokens=40,
    positions=0,
    rows=0,
    skip_shift_without_noise=False,
    start="even",
    hold_out=500,
    train=replace(WSAC.train, optimiser="adamw", order="bucketed", keep_end=True),
)
"""WSAC's sizes and pace without what is an accident of its program: no row or place that is never learned, a
prefix that begins as long as a token, captions whole up to 40 tokens and never without their end mark, an
order drawn anew for every epoch, torch's AdamW, and captions held out to measure on."""

DECAP = replace(
    WSAC,
    max_tokens=20,
    noise=0.0,
    train=replace(WSAC.train, epochs=10, batch=128, warmup=1000, label_smoothing=0.1),
)
"""Li et al. 2023, whose decoder and trainer WSAC took over: no noise, smoothed labels. It has CLIP's words;
here they are BERT's."""

CAPDEC = replace(
    WSAC_BEST,
    pretrained="gpt2",
    prefix=40,
    mapper=8,
    max_tokens=67,
    noise=0.016,
    train=replace(WSAC_BEST.train, optimiser="published", epochs=10, batch=34, rate=2e-5, warmup=5000),
)
"""Nukrai et al. 2022: a pretrained GPT-2 behind a transformer of eight layers and forty prefix vectors."""

RECIPES = {"wsac": WSAC, "decap": DECAP, "capdec": CAPDEC, "small": SMALL, "wsac-best": WSAC_BEST}


def recipe(name: str) -> Recipe:
    """A recipe by name.

    >>> recipe("wsac").train.rate
    1e-05
    """
    if name not in RECIPES:
        raise OptionError(f"there is no recipe {name!r} for a decoder; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
