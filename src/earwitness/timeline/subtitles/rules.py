"""The rules that every subtitle cue keeps, and cues that keep them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from earwitness.common.errors import OptionError
from earwitness.timeline.subtitles.layout import LINE, LINES, lines_of


@dataclass(frozen=True)
class Rules:
    """Limits of a cue; times in milliseconds. The defaults are usual for adults' programmes in English."""

    line: int = LINE
    lines: int = LINES
    least: int = 1000
    most: int = 7000
    # reading speed: characters a second, spaces counted, line breaks not
    speed: float = 17.0
    # between two cues: two frames at 24 a second, so that the eye sees the change
    gap: int = 84
    # what is heard again is said again only after it was not heard for so long
    again: int = 10_000
    # a description comes at most this much late, and else shares a cue with the one before or is left out
    late: int = 2000
    # into other subtitles it may be moved so far before it shares another description's cue
    moved: int = 3000

    def __post_init__(self) -> None:
        if not 0 < self.least <= self.most or self.speed <= 0 or self.line < 10 or self.lines < 1:
            raise OptionError(
                "a cue's least length is above 0 and at most its most; speed and lines are above 0."
            )
        if self.line * self.lines / self.speed * 1000 > self.most:
            raise OptionError(
                f"{self.lines} full lines of {self.line} characters cannot be read in {self.most / 1000:g} s "
                f"at {self.speed:g} characters a second."
            )

    def need(self, text: str) -> int:
        """How long a text has to stand, in milliseconds."""
        return max(self.least, math.ceil(1000 * len(text.replace("\n", "")) / self.speed))


@dataclass(frozen=True)
class Cue:
    """Text that stands from one millisecond to another; lines are parted by line breaks."""

    start: int
    end: int
    text: str


def together(one: str, other: str, rules: Rules) -> str | None:
    """Two descriptions in one cue, a line each; None where they do not fit. One that is there is not
    repeated.

    >>> together("[dog barking]", "[rain falling]", Rules())
    '[dog barking]\\n[rain falling]'
    """
    lines = [*one.split("\n"), *(line for line in other.split("\n") if line not in one.split("\n"))]
    if len(lines) > rules.lines or max(map(len, lines)) > rules.line:
        return None
    return "\n".join(lines)


def broken(text: str, rules: Rules) -> str:
    """A description in lines."""
    return "\n".join(lines_of(text, rules.line))
