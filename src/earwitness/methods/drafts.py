"""Several sentences about one sound, put in order: by likelihood, match and audibility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.methods.slips import slips
from earwitness.methods.style import JOINTS, repeats_itself

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder


# Log-probability a token that a sentence loses which says a thing twice, has a slip, or does not end.
WRONG = 10.0


def worth(
    vector: Floats,
    texts: Sequence[str],
    likelihood: Sequence[float],
    encoder: AudioTextEncoder,
    background: Background | None,
    classifier: AudibilityClassifier | None,
    *,
    rerank: float,
    audible: float,
) -> Doubles:
    """What drafts are ranked by, the more the better.

    Parameters
    ----------
    vector : (dim,) float32
        The sound.
    texts : (n,) strings
    likelihood : (n,)
        Mean log-probability a token.
    encoder, background, classifier
        Without a background the match is the bare cosine; without a classifier audibility is left out.
    rerank, audible : float
        Weights of the match, standardised by the background, and of P(audible).

    Returns
    -------
    (n,) float64
    """
    wrong = np.array([repeats_itself(text) or bool(slips(text)) for text in texts], float)
    total = np.asarray(likelihood, np.float64) - WRONG * wrong
    if rerank:
        rows = encoder.embed_text(texts)
        total = total + rerank * (background.standardised(vector, rows) if background else rows @ vector)
    if audible and classifier is not None:
        total = total + audible * classifier.audibility(texts)
    return total


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
    found = [(i, joint) for i, text in enumerate(texts) for joint in list(JOINTS.finditer(text))[-1:]]
    # a word alone, or nothing before the joint, is no part that could be left out
    found = [(i, j) for i, j in found if j.start() and len(texts[i][j.end() :].split()) > 1]
    out = list(texts)
    if found:
        audible = classifier.audibility([texts[i][joint.end() :] for i, joint in found])
        for (i, joint), heard in zip(found, audible.tolist(), strict=True):
            out[i] = texts[i][: joint.start()].rstrip(" ,;") if heard < least else texts[i]
    return out
