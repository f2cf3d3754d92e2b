"""Captions and segments: the results that every room to the right passes around."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class Keyword:
    """A sound heard in a clip, with the encoder's confidence in it (0..1)."""

    text: str
    score: float


@dataclass(frozen=True)
class Alternative:
    """Another sentence for the same clip, with its calibrated score (0..1).

    ``audibility`` is the chance that it speaks of something that can be heard, where that was asked.
    """

    text: str
    score: float
    audibility: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The sentence as plain JSON types."""
        row: dict[str, Any] = {"text": self.text, "score": round(self.score, 4)}
        return row if self.audibility is None else {**row, "audibility": round(self.audibility, 4)}


@dataclass(frozen=True)
class Caption:
    """One sentence about one stretch of sound.

    ``score`` is calibrated: the percentile (0..1) of the cosine between sound and sentence among the
    encoder's mismatched pairs, so 0.99 means that one wrong pair in a hundred fits as well. A silent clip
    has an empty ``text``, score 0 and the note ``silent``: no sentence is invented.

    Times are in seconds from the beginning of the file.

    >>> Caption(path="dog.wav", start=0.0, end=2.0, text="a dog barks", score=0.987).to_dict()["text"]
    'a dog barks'
    """

    # where the sound is
    path: str
    start: float
    end: float
    # what is said of it, and how well it fits
    text: str
    score: float
    # why: sounds heard, and who listened
    keywords: tuple[Keyword, ...] = ()
    method: str = ""
    encoder: str = ""
    # what was noticed when the sound was read
    notes: tuple[str, ...] = ()
    # more, where asked for: the chance that the text speaks of what can be heard, other sentences, reasons
    audibility: float | None = None
    alternatives: tuple[Alternative, ...] = ()
    trace: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    # what was heard, where asked for (archives): a unit vector (dim,) in the encoder's space; never in JSON
    embedding: npt.NDArray[np.float32] | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """The caption as plain JSON types; ``audibility``, ``alternatives``, ``trace`` where there are."""
        row: dict[str, Any] = {
            "path": self.path,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "text": self.text,
            "score": round(self.score, 4),
            "keywords": [{"text": k.text, "score": round(k.score, 4)} for k in self.keywords],
            "method": self.method,
            "encoder": self.encoder,
            "notes": list(self.notes),
        }
        if self.audibility is not None:
            row["audibility"] = round(self.audibility, 4)
        if self.alternatives:
            row["alternatives"] = [a.to_dict() for a in self.alternatives]
        if self.trace:
            row["trace"] = list(self.trace)
        return row
