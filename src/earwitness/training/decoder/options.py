"""How long and how fast a decoder is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earwitness.common.errors import OptionError


@dataclass(frozen=True)
class TrainOptions:
    """How long and how fast is learned."""

    epochs: int = 10
    batch: int = 128
    rate: float = 1e-3
    warmup: int = 300
    weight_decay: float = 0.02
    label_smoothing: float = 0.1
    # longest gradient; 0 cuts none
    clip: float = 1.0
    seed: int = 0
    # after the warm-up: a cosine to a hundredth, or the published straight line to nothing
    schedule: Literal["cosine", "linear"] = "cosine"
    # of AdamW
    betas: tuple[float, float] = (0.9, 0.98)
    epsilon: float = 1e-8
    # leave out what does not fill a batch
    drop_last: bool = False

    def __post_init__(self) -> None:
        if self.epochs < 1 or self.batch < 1:
            raise OptionError(f"epochs and batch are at least 1, not {self.epochs} and {self.batch}.")
        if self.rate <= 0 or min(self.warmup, self.weight_decay, self.clip) < 0:
            raise OptionError("rate is above 0; warmup, weight_decay and clip are not below it.")
        if not 0 <= self.label_smoothing < 1:
            raise OptionError(f"label_smoothing is from 0 to below 1, not {self.label_smoothing}.")
        if self.schedule not in ("cosine", "linear"):
            raise OptionError(f"schedule is 'cosine' or 'linear', not {self.schedule!r}.")
