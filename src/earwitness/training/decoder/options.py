"""How long and how fast a decoder is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, check_share, option


@dataclass(frozen=True)
class TrainOptions:
    """How long and how fast is learned."""

    epochs: int = option(10, "Passes over the captions.")
    batch: int = option(128, "Captions learned from at once.")
    rate: float = option(1e-3, "Learning rate at its highest.")
    warmup: int = option(300, "Steps until it is reached.")
    schedule: Literal["cosine", "linear"] = option(
        "cosine", "Then along a cosine to a hundredth, or along a straight line to nothing, as published."
    )
    weight_decay: float = option(0.02, "Of AdamW.")
    label_smoothing: float = option(0.1, "Share of a word's probability that is spread over all words.")
    clip: float = option(1.0, "Longest gradient; 0 cuts none.")
    seed: int = option(0, "Of everything random.")
    drop_last: bool = option(False, "Leave out what does not fill a batch.")
    optimiser: Literal["adamw", "published"] = option(
        "adamw", "AdamW of torch, or as transformers had it, which adds epsilon before the correction."
    )
    order: Literal["bucketed", "once", "given"] = option(
        "bucketed",
        "Bucketed: like lengths together, anew each epoch; once: shuffled once, as published; or as given.",
    )
    keep_end: bool = option(True, "A caption that is cut keeps its end mark; the published ones lose it.")
    # of AdamW; part of a recipe, and no flag
    betas: tuple[float, float] = (0.9, 0.98)
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_least(self, 1, "epochs", "batch")
        check_least(self, 0, "warmup", "weight_decay", "clip", "seed")
        if self.rate <= 0:
            raise OptionError(f"rate is above 0, not {self.rate}.")
        check_share(self, "label_smoothing")
        if self.schedule not in ("cosine", "linear"):
            raise OptionError(f"schedule is 'cosine' or 'linear', not {self.schedule!r}.")
        if self.order not in ("bucketed", "once", "given"):
            raise OptionError(f"order is 'bucketed', 'once' or 'given', not {self.order!r}.")
        if self.optimiser not in ("adamw", "published"):
            raise OptionError(f"optimiser is 'adamw' or 'published', not {self.optimiser!r}.")
