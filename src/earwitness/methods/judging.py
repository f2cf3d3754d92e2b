"""Every sentence judged by whether it could be heard, and put in order by it where asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from earwitness.classifier.base import AudibilityClassifier
from earwitness.methods.base import Written


def judged(
    written: Sequence[Written], classifier: AudibilityClassifier, weight: float = 0.0
) -> list[Written]:
    """Give each sentence its audibility.

    Parameters
    ----------
    written : sequence of Written
    classifier : AudibilityClassifier
        Asked once, for all sentences together.
    weight : float
        0 keeps the method's order; above, sentences stand in order of (1 - weight)·fit + weight·P(audible).

    Returns
    -------
    list of Written, in the given order
    """
    texts = list(dict.fromkeys(s.text for w in written for s in w.sentences))
    heard = dict(zip(texts, classifier.audibility(texts).tolist(), strict=True)) if texts else {}
    out = []
    for one in written:
        sentences = [replace(s, audibility=heard[s.text]) for s in one.sentences]
        if weight:
            # sorted() is stable: equals keep the method's order
            sentences.sort(key=lambda s: -((1 - weight) * s.fit + weight * heard[s.text]))
        out.append(replace(one, sentences=tuple(sentences)))
    return out
