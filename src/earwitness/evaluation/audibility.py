"""The place of the audibility score: the share of captions that speak of what can be heard.

Shaharabany et al., "Zero-shot audio captioning via audibility guidance", 2023. Whoever has the classifier
registers a metric of this name; until then the score is missing, with its reason.
"""

from __future__ import annotations

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metric import Metric, Outcome, Unavailable, register_metric


def _measure_nothing(corpus: Corpus) -> dict[str, Outcome]:
    return {"audibility": Unavailable("no audibility classifier is registered")}


register_metric(Metric("audibility", ("audibility",), _measure_nothing))
