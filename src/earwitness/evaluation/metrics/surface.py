"""How a captioner speaks, whatever it says: the size of its vocabulary and the length of its captions."""

from __future__ import annotations

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, Metric, Outcome, of_items, register_metric


def measure_surface(corpus: Corpus) -> dict[str, Outcome]:
    """Distinct words over all predictions, and words a prediction.

    The vocabulary has no interval: a corpus drawn with replacement repeats clips and so always has fewer
    distinct words than the corpus itself.
    """
    spoken = [words.split() for words in corpus.words]
    distinct = {word for words in spoken for word in words}
    return {
        "vocabulary": Measured(float(len(distinct)), tuple(float(len(set(words))) for words in spoken), None),
        "length": of_items([float(len(words)) for words in spoken]),
    }


register_metric(Metric("surface", ("vocabulary", "length"), measure_surface))
