"""Several sentences about one sound, put in order by likelihood, match, audibility, usage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.methods.prompting.fit import fit
from earwitness.methods.slips import slips
from earwitness.methods.style import JOINTS, repeats_itself

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.methods.caption_prior import CaptionPrior


# Log-probability a token that a sentence loses which says a thing twice, has a slip, or does not end.
WRONG = 10.0


@dataclass(frozen=True)
class Weights:
    """What counts beside a draft's mean log-probability a token; 0 leaves it out."""

    # the match with the sound, in standard deviations above the usual, and the bare cosine: the one favours
    # what is rare, the other what is loud
    rerank: float = 0.0
    cosine: float = 0.0
    # P(audible), where a classifier is given
    audible: float = 0.0
    # how usual the sentence is as a caption, and how likely as one of the sound: ``caption_prior.py``
    prior: float = 0.0
    told: float = 0.0


class DraftRanker:
    """Ranks drafts of any method.

    Parameters
    ----------
    encoder : AudioTextEncoder
    background : Background, optional
        Without it ``rerank`` weighs the bare cosine.
    classifier : AudibilityClassifier, optional
        Without it audibility is left out.
    weights : Weights
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        background: Background | None,
        classifier: AudibilityClassifier | None,
        weights: Weights,
    ) -> None:
        self.encoder, self.background, self.classifier = encoder, background, classifier
        self.weights = weights
        self._prior = _caption_prior() if weights.prior or weights.told else None

    def worth(self, vector: Floats, texts: Sequence[str], likelihood: Sequence[float]) -> Doubles:
        """What drafts are ranked by, the more the better.

        Parameters
        ----------
        vector : (dim,) float32
            The sound.
        texts : (n,) strings
        likelihood : (n,)
            Mean log-probability a token.

        Returns
        -------
        (n,) float64
        """
        weights = self.weights
        wrong = np.array([repeats_itself(text) or bool(slips(text)) for text in texts], float)
        total = np.asarray(likelihood, np.float64) - WRONG * wrong
        if weights.rerank or weights.cosine:
            rows = self.encoder.embed_text(texts)
            cosines = rows @ vector
            match = self.background.standardised(vector, rows) if self.background else cosines
            total = total + weights.rerank * match + weights.cosine * cosines
        if weights.audible and self.classifier is not None:
            total = total + weights.audible * self.classifier.audibility(texts)
        if self._prior is not None and weights.prior:
            total = total + weights.prior * self._prior.logprob(texts)
        if self._prior is not None and weights.told and self._prior.reads(self.encoder):
            total = total + weights.told * self._prior.logprob_of(vector, texts)
        return total

    def borne_out(self, texts: Sequence[str], vector: Floats, heard: float, matched: float) -> list[str]:
        """Sentences without ends that could not be heard, or that the sound (dim,) does not bear out.

        ``heard`` and ``matched`` are the least P(audible) and fit of an end; 0 asks for neither.
        """
        kept = list(texts)
        if heard and self.classifier is not None:
            kept = heard_alone(kept, self.classifier, heard)
        return matched_alone(kept, vector, self.encoder, self.background, matched) if matched else kept


def _caption_prior() -> CaptionPrior:
    from earwitness.methods.caption_prior import CaptionPrior

    return CaptionPrior()


def heard_alone(texts: Sequence[str], classifier: AudibilityClassifier, least: float) -> list[str]:
    """Sentences without an end that could not be heard: "as it is being held by a parent", "over the city".

    Parameters
    ----------
    texts : (n,) strings
    classifier : AudibilityClassifier
    least : float
        P(audible) that what follows the last word that joins two things needs to stay.

    Returns
    -------
    (n,) strings

    Examples
    --------
    >>> from earwitness.classifier.embedded import load_classifier
    >>> said = ["A baby cries as it is being held by a parent", "A dog barks as a car passes by"]
    >>> heard_alone(said, load_classifier("embedded"), 0.2)
    ['A baby cries', 'A dog barks as a car passes by']
    """
    ends = _ends(texts)
    if not ends:
        return list(texts)
    audible = classifier.audibility([end.text for end in ends])
    return _without(texts, [end for end, heard in zip(ends, audible.tolist(), strict=True) if heard < least])


def matched_alone(
    texts: Sequence[str],
    vector: Floats,
    encoder: AudioTextEncoder,
    background: Background | None,
    least: float,
) -> list[str]:
    """Sentences without an end that the sound does not bear out: "and a woman speaks", said from habit.

    Parameters
    ----------
    texts : (n,) strings
    vector : (dim,) float32
        The sound.
    encoder : AudioTextEncoder
    background : Background, optional
    least : float
        Match that what follows the last word that joins two things needs to stay: its cosine, and a tenth of
        what it is above its usual match, as keywords are chosen by (``prompting/fit.py``).

    Returns
    -------
    (n,) strings

    Examples
    --------
    >>> from earwitness.encoders.tags.encoder import TagEncoder
    >>> encoder = TagEncoder()
    >>> sound = encoder.embed_text(["a dog barks in the rain"])[0]
    >>> said = ["A dog barks and a woman speaks", "A dog barks while rain falls"]
    >>> matched_alone(said, sound, encoder, encoder.background(), 0.1)
    ['A dog barks', 'A dog barks while rain falls']
    """
    ends = _ends(texts)
    if not ends:
        return list(texts)
    fits = fit(encoder.embed_text([end.text.lower() for end in ends]), vector, background)
    return _without(texts, [end for end, own in zip(ends, fits.tolist(), strict=True) if own < least])


class _End(NamedTuple):
    """What follows the last word that joins two things in a sentence, and where the sentence would end."""

    sentence: int
    start: int
    text: str


def _ends(texts: Sequence[str]) -> list[_End]:
    found = [(i, joint) for i, text in enumerate(texts) for joint in list(JOINTS.finditer(text))[-1:]]
    ends = [_End(i, joint.start(), texts[i][joint.end() :]) for i, joint in found]
    # a word alone, or nothing before the joint, is no part that could be left out
    return [end for end in ends if end.start and len(end.text.split()) > 1]


def _without(texts: Sequence[str], ends: Sequence[_End]) -> list[str]:
    out = list(texts)
    for end in ends:
        out[end.sentence] = texts[end.sentence][: end.start].rstrip(" ,;")
    return out
