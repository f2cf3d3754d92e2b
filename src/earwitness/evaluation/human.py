"""How well people agree with each other: the ceiling beside which a captioner's scores are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from earwitness.evaluation.bootstrap import BootstrapOptions, intervals
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.evaluate import Score, to_score
from earwitness.evaluation.metrics.base import Measured, compute, mean_of

METRICS = ("bleu", "rouge_l", "cider_d", "surface")
"""What is computed unless asked otherwise: the metrics that need neither Java nor a model."""


def human_agreement(
    references: Mapping[str, Sequence[str]],
    metrics: Sequence[str] = METRICS,
    bootstrap: BootstrapOptions | None = None,
) -> dict[str, Score]:
    """Leave one out: every human caption in turn is scored against the others of its clip.

    Round k takes the k-th caption of each clip (counted around where a clip has fewer); scores are means over
    the rounds. A caption so meets one reference fewer than a captioner's, which costs it a little.

    Parameters
    ----------
    references : mapping from clip to captions
        Clips with a single caption are left out.
    metrics : sequence of str
        As for ``evaluate``.
    bootstrap : BootstrapOptions, optional
        For the intervals.

    Returns
    -------
    dict of str to Score
        Empty when no clip has two captions.

    >>> agreement = human_agreement({"a": ["rain falls", "rain falls"], "b": ["a dog", "a cat"]}, ["rouge_l"])
    >>> round(agreement["rouge_l"].value, 3)
    0.75
    """
    shared = {clip: captions for clip, captions in references.items() if len(captions) > 1}
    if not shared:
        return {}
    rounds = [compute(_round(shared, k), metrics) for k in range(max(map(len, shared.values())))]
    found = {
        name: mean_of(
            {str(k): outcomes[name] for k, outcomes in enumerate(rounds)}, tuple(map(str, range(len(rounds))))
        )
        for name in rounds[0]
    }
    measured = {name: outcome for name, outcome in found.items() if isinstance(outcome, Measured)}
    bounds = intervals(measured, len(shared), bootstrap or BootstrapOptions())
    return {name: to_score(name, outcome, bounds.get(name)) for name, outcome in found.items()}


def _round(references: Mapping[str, Sequence[str]], k: int) -> Corpus:
    return Corpus(
        tuple(references),
        tuple(captions[k % len(captions)] for captions in references.values()),
        tuple(
            tuple(caption for place, caption in enumerate(captions) if place != k % len(captions))
            for captions in references.values()
        ),
    )
