"""How long a sound is, and limits that can be looked at, and moved, while a long one is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from earwitness.audio import AudioLimits
from earwitness.audio.decode import decoding
from earwitness.common.errors import EarwitnessError

UNKNOWN_IS_LONG = 2 * 1024**2
"""A sound whose header tells no length is held for a long one from this many bytes on: two minutes of MP3."""


class CancelledError(EarwitnessError):
    """Somebody who waited for a result waits no longer."""


def header_seconds(source: Any, limits: AudioLimits, size: int) -> float:
    """The length that a header speaks of, infinite where it speaks of none and the file is large.

    It may be a lie: it decides where a sound is worked on, and nothing else; decoded samples are counted
    there.

    Raises
    ------
    AudioError
        The sound cannot be read.
    """
    with decoding(source, limits) as decoder:
        if decoder.promised is not None:
            return decoder.promised / decoder.rate
        return float("inf") if size >= UNKNOWN_IS_LONG else 0.0


@dataclass(frozen=True)
class WatchedLimits(AudioLimits):
    """Limits that tell how far the reading is, and that end it where it is no longer wanted.

    Every decoder asks its limits after every block, a second or two of sound.

    Parameters
    ----------
    tell : callable
        Is called with the decoded seconds.
    wanted : callable
        Says whether to go on.
    """

    tell: Callable[[float], None] = field(default=lambda seconds: None, compare=False)
    wanted: Callable[[], bool] = field(default=lambda: True, compare=False)

    def __post_init__(self) -> None:
        """Nothing is checked anew: the numbers come from limits that were."""

    def check_length(self, frames: int, rate: int, source: str) -> None:
        """Raise where the sound is too long, or nobody waits for it any more."""
        super().check_length(frames, rate, source)
        if not self.wanted():
            raise CancelledError(f"{source} was cancelled.")
        self.tell(frames / rate)
