"""The audibility score: the mean chance that a caption speaks of what can be heard, by a judge that is named.

Shaharabany et al., "Zero-shot audio captioning via audibility guidance", 2023, Table 2's A. Judges differ:
two scores belong together only where their judge is the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Metric, Outcome, of_items, register_metric

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier


def audibility_metric(classifier: AudibilityClassifier | None = None) -> Metric:
    """A metric: the mean P(audible) of the predictions; an empty one scores 0.

    Parameters
    ----------
    classifier : AudibilityClassifier, optional
        The embedded one unless given.
    """

    def measure(corpus: Corpus) -> dict[str, Outcome]:
        from earwitness.classifier.embedded import load_classifier

        judge = classifier or load_classifier()
        chances = judge.audibility(corpus.predictions)
        items = [
            float(chance) if text.strip() else 0.0
            for chance, text in zip(chances, corpus.predictions, strict=True)
        ]
        return {"audibility": replace(of_items(items), judge=judge.name)}

    return Metric("audibility", ("audibility",), measure)


register_metric(audibility_metric())
