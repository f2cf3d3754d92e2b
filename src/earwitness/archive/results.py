"""What an archive answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from earwitness.common.caption import Keyword
from earwitness.common.counting import counted


@dataclass(frozen=True)
class Event:
    """A stretch of sound as the archive has it."""

    # where
    path: str
    start: float
    end: float
    # what
    text: str
    confidence: float
    keywords: tuple[Keyword, ...]
    notes: tuple[str, ...]
    # its number in the archive, for ``similar``
    event: int

    def to_dict(self) -> dict[str, Any]:
        """The event as plain JSON types."""
        return {
            "path": self.path,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "keywords": [{"text": k.text, "score": round(k.score, 4)} for k in self.keywords],
            "notes": list(self.notes),
            "event": self.event,
        }


@dataclass(frozen=True)
class Hit(Event):
    """A stretch of sound that was found.

    ``score`` is the match of sound and query, calibrated where the encoder has a background: 0.99 means that
    one mismatched pair in a hundred fits as well. That of a sound with a sound is their cosine.
    ``relevance`` is what the order goes by: 1 is the best in sound alone. ``why`` says what spoke for it.
    """

    # how well, and why
    score: float
    relevance: float
    why: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The hit as plain JSON types."""
        found = {"score": round(self.score, 4), "relevance": round(self.relevance, 4), "why": list(self.why)}
        return super().to_dict() | found


@dataclass(frozen=True)
class Progress:
    """How far an indexing run is: files looked at of all, and what is being done to the latest."""

    done: int
    total: int
    path: str
    what: str  # "captioned", "unchanged", "moved", "copied", "failed"


@dataclass(frozen=True)
class IndexReport:
    """What an indexing run did, in files; ``events`` is the number of stretches that were captioned."""

    captioned: int = 0
    unchanged: int = 0
    moved: int = 0
    copied: int = 0
    missing: int = 0
    pruned: int = 0
    events: int = 0
    failed: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[str]:
        """The report for people.

        >>> IndexReport(captioned=2, events=7, moved=1).lines()
        ['2 files captioned (7 events), 1 moved.']
        """
        parts = [f"{counted(self.captioned, 'file')} captioned ({counted(self.events, 'event')})"]
        parts += [
            f"{getattr(self, name)} {name}"
            for name in ("unchanged", "moved", "copied", "missing", "pruned")
            if getattr(self, name)
        ]
        return [", ".join(parts) + "."]


@dataclass(frozen=True)
class Stats:
    """What is in an archive."""

    files: int
    missing: int
    unreadable: int
    events: int
    hours: float
    captions: int  # distinct ones
    bytes: int
    encoder: str
    cut: str
    # the names of sounds heard most, each with the events and hours in which it is the strongest
    classes: tuple[tuple[str, int, float], ...] = ()
    # events in ten equal steps of confidence from 0 to 1
    confidence: tuple[int, ...] = ()
    # captions said most, each with its events
    texts: tuple[tuple[str, int], ...] = ()
    errors: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain JSON types."""
        row = {k: v for k, v in vars(self).items() if k not in ("classes", "texts", "errors")}
        row["hours"] = round(self.hours, 4)
        row["confidence"] = list(self.confidence)
        row["classes"] = [{"name": n, "events": e, "hours": round(h, 4)} for n, e, h in self.classes]
        row["texts"] = [{"text": t, "events": e} for t, e in self.texts]
        row["errors"] = [{"path": p, "error": e} for p, e in self.errors]
        return row


@dataclass(frozen=True)
class Duplicates:
    """Files that sound the same; ``exact`` where their bytes are equal.

    ``likeness`` is the least correlation of their spectra over time with the first one's (1 where exact).
    """

    paths: tuple[str, ...]
    exact: bool
    likeness: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The group as plain JSON types."""
        return {
            "paths": list(self.paths),
            "exact": self.exact,
            "likeness": round(self.likeness, 4),
            "seconds": round(self.seconds, 3),
        }
