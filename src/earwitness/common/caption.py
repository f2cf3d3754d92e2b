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
    """Another sentence for the same clip, with how well it fits and how far it is to be believed.

    ``fit`` is the percentile (0..1) of its match with the sound among the encoder's mismatched pairs;
    ``confidence`` the probability that a listener accepts it, ``None`` where none was fitted; ``audibility``
    the chance that it speaks of something that can be heard, where that was asked.
    """

    text: str
    fit: float
    audibility: float | None = None
    confidence: float | None = None

    @property
    def score(self) -> float | None:
        """Another name of ``confidence``."""
        return self.confidence

    def to_dict(self) -> dict[str, Any]:
        """The sentence as plain JSON types; ``score`` is another name of ``confidence``."""
        row: dict[str, Any] = {
            "text": self.text,
            "confidence": _rounded(self.confidence),
            "fit": round(self.fit, 4),
            "score": _rounded(self.confidence),
        }
        return row if self.audibility is None else {**row, "audibility": round(self.audibility, 4)}


@dataclass(frozen=True)
class Caption:
    """One sentence about one stretch of sound.

    ``fit`` is the percentile (0..1) of the cosine between sound and sentence among the encoder's mismatched
    pairs: 0.99 means that one wrong pair in a hundred fits as well. ``confidence`` (0..1) is the probability
    that a listener accepts the sentence, every sound that it names being there: calibrated on labelled
    sounds, ``None`` where nothing was fitted for the method and the encoder. A silent clip has an empty
    ``text``, fit and confidence 0 and the note ``silent``: no sentence is invented.

    Times are in seconds from the beginning of the file.

    >>> Caption(path="dog.wav", start=0.0, end=2.0, text="a dog barks", fit=0.987).to_dict()["text"]
    'a dog barks'
    """

    # where the sound is
    path: str
    start: float
    end: float
    # what is said of it, how well it fits
    text: str
    fit: float
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
    # how far the text is to be believed, and the more specific sentence that a general one stands for
    confidence: float | None = None
    instead_of: Alternative | None = None

    @property
    def score(self) -> float | None:
        """Another name of ``confidence``."""
        return self.confidence

    def to_dict(self) -> dict[str, Any]:
        """The caption as plain JSON types; ``score`` is another name of ``confidence``.

        ``audibility``, ``instead_of``, ``alternatives`` and ``trace`` are there where they are known.
        """
        row: dict[str, Any] = {
            "path": self.path,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "text": self.text,
            "confidence": _rounded(self.confidence),
            "fit": round(self.fit, 4),
            "score": _rounded(self.confidence),
            "keywords": [{"text": k.text, "score": round(k.score, 4)} for k in self.keywords],
            "method": self.method,
            "encoder": self.encoder,
            "notes": list(self.notes),
        }
        if self.audibility is not None:
            row["audibility"] = round(self.audibility, 4)
        if self.instead_of is not None:
            row["instead_of"] = self.instead_of.to_dict()
        if self.alternatives:
            row["alternatives"] = [a.to_dict() for a in self.alternatives]
        if self.trace:
            row["trace"] = list(self.trace)
        return row


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
