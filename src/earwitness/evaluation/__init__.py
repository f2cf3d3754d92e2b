"""One evaluation for all: metrics, intervals, comparisons and the report.

Importing this package registers every metric, in the order in which they are shown.

>>> predictions = {"1.wav": "rain falls on a roof", "2.wav": "a dog barks"}
>>> references = {"1.wav": ["heavy rain on a roof"], "2.wav": ["a dog barks twice", "barking"]}
>>> result = evaluate(predictions, references, EvaluationOptions(metrics=("bleu", "cider_d")))
>>> {name: round(score.value, 3) for name, score in result.scores.items()}
{'bleu_1': 0.772, 'bleu_2': 0.674, 'bleu_3': 0.585, 'bleu_4': 0.0, 'cider_d': 3.422}
"""

from __future__ import annotations

# isort: off
from earwitness.evaluation.metrics import (
    bleu,
    meteor,
    rouge,
    cider,
    spice,
    nlg_mean,
    fluency,
    fense,
    match,
    audibility,
    surface,
)

# isort: on
from earwitness.evaluation.bootstrap import BootstrapOptions, Difference
from earwitness.evaluation.evaluate import Evaluation, EvaluationOptions, Score, compare, evaluate
from earwitness.evaluation.metrics.base import (
    Measured,
    Metric,
    Unavailable,
    metric_names,
    of_items,
    register_metric,
)
from earwitness.evaluation.metrics.match import match_metric

__all__ = [
    "BootstrapOptions",
    "Difference",
    "Evaluation",
    "EvaluationOptions",
    "Measured",
    "Metric",
    "Score",
    "Unavailable",
    "audibility",
    "bleu",
    "cider",
    "compare",
    "evaluate",
    "fense",
    "fluency",
    "match",
    "match_metric",
    "meteor",
    "metric_names",
    "nlg_mean",
    "of_items",
    "register_metric",
    "rouge",
    "spice",
    "surface",
]
