"""The NLG mean: one number out of nine, as ZerAuCap defines it.

Salewski et al., "Zero-shot audio captioning with audio-language model guidance and audio context
keywords", NeurIPS 2023 workshop on machine learning for audio: the plain mean of BLEU-1..4, METEOR,
ROUGE-L, CIDEr, SPICE, SPIDEr.
"""

from __future__ import annotations

from collections.abc import Mapping

from earwitness.evaluation.metrics.base import Metric, Outcome, mean_of, register_metric

NINE = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider_d", "spice", "spider")


def measure_nlg_mean(corpus: object, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """The mean of the nine, or the reason for the first one missing: eight make no NLG mean."""
    return {"nlg_mean": mean_of(done, NINE)}


register_metric(
    Metric(
        "nlg_mean",
        ("nlg_mean",),
        measure_nlg_mean,
        needs=("bleu", "meteor", "rouge_l", "cider_d", "spice", "spider"),
    )
)
