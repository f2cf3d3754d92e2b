"""What a candidate text is worth: its match with the sound, and whether it could be heard.

Every text is embedded and classified once: encoder and classifier remember them, and iterations of one token
share nearly all of their candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.methods.candidates import embed_candidates

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier
    from earwitness.encoders.base import AudioTextEncoder


class CandidateJudge:
    """Judges texts against sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
    classifier : AudibilityClassifier, optional
        Without one every text is as audible as any other.
    unread : str
        A beginning that the classifier does not read.
    """

    def __init__(
        self, encoder: AudioTextEncoder, classifier: AudibilityClassifier | None, unread: str = ""
    ) -> None:
        self._encoder, self._classifier, self._unread = encoder, classifier, unread

    def cosines(
        self, sounds: Floats, beginnings: Sequence[str], texts: Sequence[Sequence[str]]
    ) -> list[Doubles]:
        """Each sound's candidates against it: (b, dim), (b,) beginnings, b lists of texts -> b arrays."""
        rows = embed_candidates(self._encoder, beginnings, texts)
        return [(r @ s).astype(np.float64) for r, s in zip(rows, sounds, strict=True)]

    def audible(self, texts: Sequence[Sequence[str]]) -> list[Doubles]:
        """P(audible) of lists of texts, all asked for in one call; zero without a classifier."""
        if self._classifier is None:
            return [np.zeros(len(some)) for some in texts]
        flat = [
            text.removeprefix(self._unread).strip() if self._unread else text for s in texts for text in s
        ]
        values = np.asarray(self._classifier.audibility(flat), np.float32).astype(np.float64)
        return np.split(values, np.cumsum([len(some) for some in texts])[:-1])
