"""What may be asked of events in time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from earwitness.common.errors import OptionError


@dataclass(frozen=True)
class EventOptions:
    """How a sound is cut into events; lengths in seconds.

    The defaults were chosen on ESC-10's folds 1 and 2 (``benchmarks/events.py``).
    """

    # a shorter event is widened to this, as far as the sound goes
    min_seconds: float = 0.5
    # a longer one is cut into equal parts; None: never
    max_seconds: float | None = None
    # how much the tags must change for a new event to begin: 0 not at all, 1 to something wholly different
    change: float = 0.35
    # the same between stretches of background
    background_change: float = 0.6

    def __post_init__(self) -> None:
        longest = math.inf if self.max_seconds is None else self.max_seconds
        if not 0 < self.min_seconds <= longest:
            raise OptionError(
                "min_seconds is above 0 and at most max_seconds, "
                f"not {self.min_seconds} beside {self.max_seconds}."
            )
        for name, value in (("change", self.change), ("background_change", self.background_change)):
            if not 0 < value < 1:
                raise OptionError(f"{name} is between 0 and 1, not {value}.")
