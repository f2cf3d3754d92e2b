"""How large a sound may be; counted on what was decoded, never on what a header says."""

from __future__ import annotations

from dataclasses import dataclass

from earwitness.common.errors import AudioLimitError, OptionError


@dataclass(frozen=True)
class AudioLimits:
    """The largest sound that is read; going past a limit raises ``AudioLimitError``.

    A header may claim anything, so seconds are counted on decoded samples: an hour of silence packed into
    a few kilobytes is stopped where it passes the limit, and a small file that claims years is read.

    >>> AudioLimits(max_seconds=60).max_channels
    64
    """

    # of the decoded sound
    max_seconds: float = 24 * 3600.0
    max_channels: int = 64
    # in Hz; below 100 Hz there is nothing to hear, and resampling up from there multiplies the memory needed
    min_rate: int = 100
    max_rate: int = 768_000
    # of a source that cannot seek and is therefore put into a temporary file first
    max_spooled_bytes: int = 4 * 1024**3

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise OptionError(f"{name} must be more than 0, not {value!r}.")

    def check_format(self, rate: int, channels: int, source: str) -> None:
        """Raise where the sample rate (Hz) or the number of channels is out of bounds."""
        if channels > self.max_channels:
            raise AudioLimitError(f"{source} has {channels} channels, and the limit is {self.max_channels}.")
        if not self.min_rate <= rate <= self.max_rate:
            raise AudioLimitError(
                f"{source} has a sample rate of {rate} Hz,"
                f" and the limits are {self.min_rate} to {self.max_rate} Hz."
            )

    def check_length(self, frames: int, rate: int, source: str) -> None:
        """Raise where ``frames`` decoded frames at ``rate`` Hz are more than ``max_seconds``."""
        if frames > self.max_seconds * rate:
            raise AudioLimitError(f"{source} is longer than the limit of {self.max_seconds:g} s.")
