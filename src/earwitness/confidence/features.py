"""What speaks for a sentence, in numbers: from what was heard and what was written, nothing else.

A sentence is cut into what it claims; each claim's meaning is weights over the tagger's named sounds (its
embedding on the named axes, made to sum to one), which are held against their probabilities. Every number is
of one sentence about one sound and does not depend on the sounds beside it in a batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.encoders.background import Background
from earwitness.methods.base import Evidence
from earwitness.methods.style import claims

Floats = npt.NDArray[np.float64]

SENTENCE = (
    "heard",  # log of the claimed sounds' probability at their best moment, the whole sentence's
    "heard_least",  # and that of its weakest claim
    "mean_least",  # log of the weakest claim's mean probability
    "above_usual",  # how far above the background's the weakest claim's sounds are, in standard deviations
    "match",  # standardised match of sound and sentence
    "entropy",  # of the sound's tags, made to sum to one: nats
    "margin",  # log ratio of the strongest tag to the second
    "claims",  # how many sounds the sentence claims
    "words",  # log of its words
    "agreement",  # mean cosine with the method's other sentences
    "sure",  # the largest weight of the sentence's meaning: whether it names one sound or is vague
    "length",  # log of the seconds that sound, between SHORT and LONG
    "length_heard",  # length times heard: little is heard in a short sound even of what is there
    "fit",  # the percentile of the match
)
GENERAL = (
    "share",  # log odds of the node's share of all tags
    "share_peak",  # and of its share at each tag's best moment
    "any",  # log of the chance that at least one of its sounds is there, by their peaks
    "said",  # log odds of its share of what the method's sentences mean
    "said_best",  # and of what the best one means
    "size",  # log of the number of named sounds below it
    "length",
)

SHORT, LONG = 0.3, 5.0  # seconds
STEADY = 0.02  # added to the background's spread, so that a sound it never has is not blown up
LEAST = 1e-3  # added to a probability before its logarithm
TINY = 1e-2  # the same for shares
SHARE = 0.03  # a node with a smaller share of the tags is no candidate for a general sentence


def sentence_features(
    evidence: Evidence,
    texts: Sequence[str],
    meanings: Floats,
    claimed: Sequence[Floats],
    matches: tuple[npt.ArrayLike, npt.ArrayLike],
    background: Background,
) -> Floats:
    """Numbers that speak for each of one sound's sentences.

    Parameters
    ----------
    evidence : Evidence
        What was heard.
    texts : (n,) strings
        What was written.
    meanings : (n, names)
        The sentences' weights over the named sounds, rows of sum one.
    claimed : (n,) arrays (claims, names)
        The same of each sentence's claims (``methods.style.claims``).
    matches : ((n,), (n,))
        Standardised match, and its percentile.
    background : Background

    Returns
    -------
    (n, len(SENTENCE)) float64
    """
    mean, peak = evidence.mean.astype(np.float64), evidence.peak.astype(np.float64)
    above = _above_usual(mean, background)
    ordered = np.sort(mean)[::-1]
    share = mean / max(mean.sum(), 1e-12)
    entropy = float(-(share * np.log(share + 1e-12)).sum())
    margin = float(np.log((ordered[0] + LEAST) / (ordered[1] + LEAST)))
    length = _length(evidence)
    like = _agreement(meanings)
    standardised, fit = (np.asarray(m, np.float64) for m in matches)
    rows = []
    for i, text in enumerate(texts):
        heard = float(np.log(meanings[i] @ peak + LEAST))
        rows.append([
            heard,
            float(np.log((claimed[i] @ peak).min() + LEAST)),
            float(np.log((claimed[i] @ mean).min() + LEAST)),
            float((claimed[i] @ above).min()),
            float(standardised[i]),
            entropy,
            margin,
            float(len(claimed[i])),
            float(np.log(max(1, len(text.split())))),
            float(like[i]),
            float(meanings[i].max()),
            length,
            length * heard,
            float(fit[i]),
        ])  # fmt: skip
    return np.array(rows, np.float64).reshape(len(texts), len(SENTENCE))


def general_features(evidence: Evidence, meanings: Floats, members: npt.NDArray[np.bool_]) -> Floats:
    """Numbers that speak for each node of the ontology.

    Parameters
    ----------
    evidence : Evidence
    meanings : (n, names)
        Of the method's sentences, best first.
    members : (nodes, names)
        Which named sound lies below which node.

    Returns
    -------
    (nodes, len(GENERAL)) float64
    """
    mean, peak = evidence.mean.astype(np.float64), evidence.peak.astype(np.float64)
    below = members.astype(np.float64)
    none = np.prod(np.where(members, 1 - np.clip(peak, 0, 0.999), 1.0), axis=1)
    said = meanings @ below.T
    count = len(members)
    return np.stack([
        _log_odds(below @ (mean / max(mean.sum(), 1e-12))),
        _log_odds(below @ (peak / max(peak.sum(), 1e-12))),
        np.log(1 - none + TINY),
        _log_odds(said.mean(0)),
        _log_odds(said[0]),
        np.log(np.maximum(below.sum(1), 1)),
        np.full(count, _length(evidence)),
    ], axis=1)  # fmt: skip


def near(general: Floats) -> npt.NDArray[np.bool_]:
    """Which nodes have enough of a sound's tags to be spoken of: (nodes, len(GENERAL)) -> (nodes,)."""
    return np.asarray(general[:, GENERAL.index("share")] >= _log_odds(np.array(SHARE)), bool)


def sounds_claimed(text: str) -> list[str]:
    """What a sentence claims to be heard, each claim a phrase.

    >>> sounds_claimed("A dog barks while birds chirp")
    ['a dog barks', 'birds chirp']
    """
    return claims(text.lower())


def _above_usual(mean: Floats, background: Background) -> Floats:
    usual, spread = (part[: len(mean)] for part in background.usual)
    root = np.sqrt(mean)
    root = root / max(float(np.linalg.norm(root)), 1e-12)
    return np.asarray((root - usual) / (spread + STEADY), np.float64)


def _agreement(meanings: Floats) -> Floats:
    """Mean cosine of each sentence with the others; 1 where it stands alone."""
    count = len(meanings)
    if count < 2:
        return np.ones(count)
    unit = meanings / np.linalg.norm(meanings, axis=1, keepdims=True)
    return np.asarray(((unit @ unit.T).sum(1) - 1) / (count - 1), np.float64)


def _length(evidence: Evidence) -> float:
    return float(np.log(np.clip(evidence.seconds, SHORT, LONG)))


def _log_odds(share: Floats) -> Floats:
    return np.asarray(np.log((share + TINY) / (1 - share + TINY)), np.float64)
