"""What the published systems train, by name, and a small one for computers without a GPU."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, check_share, option
from earwitness.training.decoder.options import TrainOptions

# transformers' own AdamW, which all three used, divided by a root this much larger than torch's.
_ADAMW = {"betas": (0.9, 0.999), "epsilon": 1e-6}


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
    dropout: float = option(0.1, "Share of activations dropped.")
    noise: float = option(0.001, "Variance of the noise on embeddings; earwitness gap estimates it.")
    skip_shift_without_noise: bool = option(False, "With --noise 0 no shift either: the published rule.")
    train: TrainOptions = field(default_factory=TrainOptions)

    def __post_init__(self) -> None:
        check_least(self, 1, "width", "layers", "heads", "prefix", "max_tokens")
        check_least(self, 0, "mapper", "noise")
        check_share(self, "dropout")


SMALL = Recipe()
"""A tenth of WSAC's size: trains on AudioCaps in minutes on a processor."""

WSAC = Recipe(
    words="wordpiece",
    width=768,
    prefix=1,
    max_tokens=22,
    noise=0.001,
    train=TrainOptions(
        epochs=30,
        batch=64,
        rate=1e-5,
        warmup=100,
        weight_decay=0.02,
        label_smoothing=0.0,
        clip=0.0,
        schedule="linear",
        drop_last=True,
        **_ADAMW,  # type: ignore[arg-type]
    ),
)
"""Kouzelis & Katsouros 2023, the published program's defaults; earwitness gap estimates the noise."""

DECAP = replace(
    WSAC,
    max_tokens=20,
    noise=0.0,
    train=replace(WSAC.train, epochs=10, batch=128, warmup=1000, label_smoothing=0.1),
)
"""Li et al. 2023: no noise, smoothed labels. It has CLIP's words; here they are BERT's."""

CAPDEC = replace(
    WSAC,
    pretrained="gpt2",
    prefix=40,
    mapper=8,
    max_tokens=67,
    noise=0.016,
    train=replace(WSAC.train, epochs=10, batch=34, rate=2e-5, warmup=5000),
)
"""Nukrai et al. 2022: a pretrained GPT-2 behind a transformer of eight layers and forty prefix vectors."""

RECIPES = {"wsac": WSAC, "decap": DECAP, "capdec": CAPDEC, "small": SMALL}


def recipe(name: str) -> Recipe:
    """A recipe by name.

    >>> recipe("wsac").train.rate
    1e-05
    """
    if name not in RECIPES:
        raise OptionError(f"there is no recipe {name!r} for a decoder; there are {', '.join(RECIPES)}.")
    return RECIPES[name]
