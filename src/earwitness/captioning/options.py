"""What is asked of each sound, and what became of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from earwitness.audio import AudioLimits
from earwitness.common.caption import Caption
from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.confidence import LEAST
from earwitness.timeline.options import EventOptions


@dataclass(frozen=True)
class CaptionOptions:
    """What is asked of each sound."""

    # cut long sounds into stretches of this many seconds, a caption each; None: one caption a sound
    segments: float | None = None
    # cut sounds where they change, a caption an event; None: not
    events: EventOptions | None = None
    # sentences a sound, best first; above 1 they are listed as alternatives
    top: int = 1
    # keywords a sound
    keywords: int = 5
    # weight of P(audible) beside the score when sentences are put in order: 0 keeps the method's order
    audible_weight: float = 0.0
    # which of a film's audio streams: a number from 1, or a language; None is the default one
    stream: int | str | None = None
    # keep each stretch's embedding in its caption, for archives
    embeddings: bool = False
    # sentences that are believed less step back to a more general one, unless they are asked for as they are
    min_confidence: float = LEAST
    specific: bool = False
    # the largest sound that is read
    limits: AudioLimits = field(default_factory=AudioLimits)

    def __post_init__(self) -> None:
        if self.segments is not None and not 0 < self.segments < math.inf:
            raise OptionError(f"segments is a length in seconds above 0, not {self.segments}.")
        if self.segments is not None and self.events is not None:
            raise OptionError("a sound is cut into segments or into events, not into both.")
        if self.top < 1 or self.keywords < 0:
            raise OptionError(
                f"top is at least 1 and keywords at least 0, not {self.top} and {self.keywords}."
            )
        if not 0 <= self.audible_weight <= 1:
            raise OptionError(f"audible_weight is between 0 and 1, not {self.audible_weight}.")
        if not 0 <= self.min_confidence <= 1:
            raise OptionError(f"min_confidence is between 0 and 1, not {self.min_confidence}.")


@dataclass(frozen=True)
class Outcome:
    """What became of one source: its captions, or the error that stood in the way."""

    source: Any
    captions: tuple[Caption, ...] = ()
    error: EarwitnessError | None = None
