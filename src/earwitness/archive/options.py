"""What is asked of an archive: how to index, what to look for, where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from earwitness.common.errors import OptionError
from earwitness.timeline.options import EventOptions


@dataclass(frozen=True)
class IndexOptions:
    """How sounds are cut and captioned; the same for all sounds of one archive."""

    # a caption every so many seconds, neighbours that say the same made one; None: one a sound
    segments: float | None = 10.0
    # a caption an event, as the sound changes, in the place of segments
    events: EventOptions | None = None
    # keywords a stretch
    keywords: int = 5
    # drop the sounds that are gone
    prune: bool = False
    # caption sounds again that could not be captioned before, even where their files are as they were
    retry: bool = True
    # wait for another run that writes the archive instead of giving up
    wait: bool = False

    def __post_init__(self) -> None:
        if self.segments is not None and not self.segments > 0:
            raise OptionError(f"segments is a length in seconds above 0, not {self.segments}.")

    @property
    def cut(self) -> str:
        """How sounds are cut, in words that the archive keeps.

        >>> IndexOptions().cut, IndexOptions(segments=None).cut
        ('segments of 10 s', 'whole sounds')
        """
        if self.events is not None:
            usual = {f.name: f.default for f in fields(self.events)}
            changed = [f"{k} {v}" for k, v in vars(self.events).items() if usual[k] != v]
            return f"events ({', '.join(changed)})" if changed else "events"
        return "whole sounds" if self.segments is None else f"segments of {self.segments:g} s"


@dataclass(frozen=True)
class Filters:
    """Which stretches of sound are looked at."""

    min_confidence: float = 0.0
    # length of a stretch, in seconds
    longer: float | None = None
    shorter: float | None = None
    # shell pattern for the path, or for its end from any folder on; * goes over folders too
    path: str | None = None
    # files changed at this time or later
    since: datetime | None = None
    # files that are gone are passed over unless asked for
    missing: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise OptionError(f"min_confidence is between 0 and 1, not {self.min_confidence}.")
        if self.longer is not None and self.shorter is not None and self.longer > self.shorter:
            raise OptionError(
                f"nothing is longer than {self.longer:g} s and shorter than {self.shorter:g} s."
            )


@dataclass(frozen=True)
class SearchOptions:
    """How a search weighs what it finds; the defaults were measured (benchmarks/archive.md)."""

    # results
    top: int = 20
    # what is not wanted: sounds whose caption or keywords name it, or that it fits too well
    without: Sequence[str] = ()
    filters: Filters = field(default_factory=Filters)
    # weights: of the words in caption and keywords, and of the caption's meaning, beside the match of sound
    # and query; and of the best results' own sound beside the query (Rocchio's relevance feedback), taken
    # from so many of them
    words: float = 0.2
    meaning: float = 0.6
    sound: float = 1.0
    feedback: float = 0.75
    feedback_from: int = 10
    # a stretch shorter than this, in seconds, counts by the root of its share: it holds less evidence
    brief: float = 2.0

    def __post_init__(self) -> None:
        if self.top < 1:
            raise OptionError(f"top is at least 1, not {self.top}.")
        if (
            min(self.words, self.meaning, self.sound, self.feedback, self.brief) < 0
            or self.words + self.sound == 0
        ):
            raise OptionError("the weights of a search are 0 or more, and not words and sound both 0.")
        if self.feedback_from < 1:
            raise OptionError(f"feedback_from is at least 1, not {self.feedback_from}.")
        if isinstance(self.without, str):
            raise OptionError("without is a list of what is not wanted, not one string.")
