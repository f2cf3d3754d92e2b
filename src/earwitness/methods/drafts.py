"""Several sentences about one sound, put in order: by likelihood, match and audibility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.methods.style import repeats_itself

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder


WRONG = 10.0  # log-probability a token that a sentence loses which says a thing twice, or does not end


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
    total = np.asarray(likelihood, np.float64) - WRONG * np.array([repeats_itself(t) for t in texts], float)
    if rerank:
        rows = encoder.embed_text(texts)
        total = total + rerank * (background.standardised(vector, rows) if background else rows @ vector)
    if audible and classifier is not None:
        total = total + audible * classifier.audibility(texts)
    return total
