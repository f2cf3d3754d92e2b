"""A sound's sentences told in the order in which it is heard, with what was weighed for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.common.caption import Alternative
from earwitness.encoders.background import Background, calibrated
from earwitness.encoders.base import AudioTextEncoder
from earwitness.methods.base import Written
from earwitness.methods.telling.order import THIRDS, changes, in_order, in_turn

Write = Callable[[Floats, Sequence[tuple[Any, ...]], "Floats | None", npt.NDArray[np.bool_]], list[Written]]


@dataclass(frozen=True)
class Teller:
    """Puts what was written in order, by an encoder whose views know a sound's beginning and end.

    Parameters
    ----------
    encoder : AudioTextEncoder
    background : Background
    thirds : list of int
        Where the encoder's views have the first, middle and last third.
    explain : bool
        Keep what was there before.
    """

    encoder: AudioTextEncoder
    background: Background
    thirds: list[int]
    explain: bool

    @classmethod
    def of(cls, encoder: AudioTextEncoder, background: Background | None, explain: bool) -> Teller | None:
        """None for an encoder that does not know a sound's beginning from its end, or has no background."""
        given = getattr(encoder, "view_names", ())
        if background is None or not set(THIRDS) <= set(given):
            return None
        return cls(encoder, background, [given.index(name) for name in THIRDS], explain)

    def told(
        self,
        written: Sequence[Written],
        vectors: Floats,
        surest: Floats | None,
        brief: npt.NDArray[np.bool_] | None,
        write: Write,
    ) -> list[Written]:
        """What was written of sounds in the order in which it is heard; a sound that changes is told in turn.

        Parameters
        ----------
        written : n results
        vectors : (n, views, dim)
        surest : (n, axes), optional
        brief : (n,) bool, optional
            Sounds that are too short to change.
        write : callable
            The method, asked again for the ends of sounds that change: vectors (m, dim), no keywords,
            surest, and brief, for nothing is added to what an end is said to be.
        """
        thirds = vectors[:, self.thirds]
        new = [self.in_order(*rows) for rows in zip(written, vectors[:, 0], thirds, strict=True)]
        short = np.zeros(len(new), np.bool_) if brief is None else brief
        turning = [i for i, ends in enumerate(thirds) if new[i].sentences and changes(ends) and not short[i]]
        if turning:
            # a sentence of two halves is long enough
            whole, sure = np.ones(len(turning), np.bool_), None if surest is None else surest[turning]
            first = write(thirds[turning, 0], (), sure, whole)
            last = write(thirds[turning, -1], (), sure, whole)
            for i, *said in zip(turning, first, last, strict=True):
                new[i] = self.in_turn(new[i], vectors[i, 0], thirds[i], *said)
        return new

    def in_order(self, written: Written, vector: Floats, thirds: Floats) -> Written:
        """Each sentence with its parts in order: (dim,), (thirds, dim)."""
        texts = [s.text for s in written.sentences]
        told = in_order(texts, thirds, self.background, self.encoder.embed_text)
        return written if told == texts else self._told(written, told, vector)

    def in_turn(
        self, written: Written, vector: Floats, thirds: Floats, first: Written, last: Written
    ) -> Written:
        """A sentence of both ends before the others, where what is heard at each is heard only there."""
        if not first.sentences or not last.sentences:
            return written
        said = first.sentences[0].text, last.sentences[0].text
        told = in_turn(*said, thirds, self.background, self.encoder.embed_text)
        if told is None:
            return written
        return self._told(written, [told, *(s.text for s in written.sentences)], vector)

    def _told(self, written: Written, told: Sequence[str], vector: Floats) -> Written:
        return retold(written, told, vector, self.encoder, self.background, explain=self.explain)


def retold(
    written: Written,
    told: Sequence[str],
    vector: Floats,
    encoder: AudioTextEncoder,
    background: Background | None,
    *,
    explain: bool,
) -> Written:
    """What was written of a sound (dim,) in other words, each text once, with the fit that these have.

    With ``explain`` the trace goes on by a step that has them.
    """
    texts = list(dict.fromkeys(told))
    scores = calibrated(encoder.embed_text(texts) @ vector, background)
    sentences = tuple(Alternative(t, float(s)) for t, s in zip(texts, scores, strict=True))
    rows = [{"text": s.text, "fit": s.fit} for s in sentences]
    step = {"step": len(written.trace), "chosen": texts[0], "candidates": rows}
    return replace(written, sentences=sentences, trace=(*written.trace, step) if explain else ())
