"""From predictions and references to scores: every clip accounted for, no score without interval or why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

from earwitness.common.counting import counted, of_them
from earwitness.common.errors import OptionError, TableError
from earwitness.evaluation.bootstrap import BootstrapOptions, Difference, differences, intervals
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, Metric, Outcome, Unavailable, compute

MissingRule = Literal["empty", "skip", "error"]


@dataclass(frozen=True)
class EvaluationOptions:
    """What is scored and how.

    Raises
    ------
    OptionError
        the rule for missing clips is not one of the three.
    """

    # metrics by name; None is all
    metrics: tuple[str, ...] | None = None
    # a clip without a caption is scored as an empty one, left out, or an error
    missing: MissingRule = "empty"
    bootstrap: BootstrapOptions = field(default_factory=BootstrapOptions)

    def __post_init__(self) -> None:
        if self.missing not in get_args(MissingRule):
            raise OptionError(
                f"Missing clips are {' or '.join(get_args(MissingRule))}, not {self.missing!r}."
            )


@dataclass(frozen=True)
class Score:
    """One score of a corpus: its value, interval and value clip by clip, or the reason why there is none."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    items: tuple[float, ...] = ()
    reason: str | None = None
    # the model that judged, where the score says nothing without its name
    judge: str = ""


@dataclass(frozen=True)
class Evaluation:
    """Everything known about one table of predictions."""

    name: str
    corpus: Corpus
    scores: Mapping[str, Score]
    options: EvaluationOptions
    # clips without a caption, and clips whose captioning failed with the words of the failure
    missing: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    # predictions for clips that have no reference
    unknown: tuple[str, ...] = ()
    measured: Mapping[str, Measured] = field(default_factory=dict, repr=False)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each scored clip stands in ``corpus``."""
        return {clip: place for place, clip in enumerate(self.corpus.ids)}


def evaluate(
    predictions: Mapping[str, str],
    references: Mapping[str, Sequence[str]],
    options: EvaluationOptions | None = None,
    *,
    name: str = "predictions",
    failed: Mapping[str, str] | None = None,
    sounds: Mapping[str, Path] | None = None,
    replacing: Iterable[Metric] = (),
) -> Evaluation:
    """Score predictions against references.

    Parameters
    ----------
    predictions, references
        by clip id; ids must be the same (``datasets.align`` sees to that).
    failed
        clips whose captioning failed, with the reason; they count as missing.
    sounds
        where the sounds are, for metrics that listen and for the report.
    replacing
        metrics instead of the registered ones of the same name, as ``match_metric(encoder)``
        gives.

    Raises
    ------
    TableError
        no prediction belongs to a reference, or clips are missing where that is an error.

    >>> result = evaluate({"a": "rain falls", "b": "a dog"}, {"a": ["rain falls"], "b": ["a dog barks"]},
    ...                   EvaluationOptions(metrics=("rouge_l",)))
    >>> round(result.scores["rouge_l"].value, 3)
    0.886
    """
    options = options or EvaluationOptions()
    missing = tuple(clip for clip in references if not predictions.get(clip, "").strip())
    unknown = tuple(clip for clip in predictions if clip not in references)
    if predictions and len(unknown) == len(predictions):
        raise TableError(
            f"{name}: no prediction belongs to a reference: the first predicted clip is {unknown[0]!r}, "
            f"the first reference {next(iter(references))!r}."
        )
    clips = _scored(references, missing, options.missing, name)
    corpus = Corpus(
        clips,
        tuple(predictions.get(clip, "") for clip in clips),
        tuple(tuple(references[clip]) for clip in clips),
        sounds or {},
    )
    outcomes = compute(corpus, options.metrics, replacing)
    measured = {score: found for score, found in outcomes.items() if isinstance(found, Measured)}
    bounds = intervals(measured, len(corpus), options.bootstrap)
    scores = {score: to_score(score, found, bounds.get(score)) for score, found in outcomes.items()}
    failures = {clip: reason for clip, reason in (failed or {}).items() if clip in references}
    return Evaluation(name, corpus, scores, options, missing, failures, unknown, measured)


def _scored(
    references: Mapping[str, Sequence[str]], missing: Sequence[str], rule: MissingRule, name: str
) -> tuple[str, ...]:
    """The clips that are scored."""
    if rule == "empty" or not missing:
        return tuple(references)
    if rule == "error":
        raise TableError(
            f"{name}: {of_them(len(missing), len(references), 'clip', 'has', 'have')} no caption, "
            f"{missing[0]!r} the first."
        )
    without = set(missing)
    kept = tuple(clip for clip in references if clip not in without)
    if not kept:
        raise TableError(
            f"{name}: none of the {counted(len(references), 'clip')} has a caption, so nothing can be scored."
        )
    return kept


def to_score(name: str, found: Outcome, bounds: tuple[float, float] | None) -> Score:
    """An outcome with its interval, where there is one.

    >>> to_score("spice", Unavailable("no Java"), None).reason
    'no Java'
    """
    if isinstance(found, Unavailable):
        return Score(name, None, reason=found.reason)
    low, high = bounds or (None, None)
    return Score(name, found.value, low, high, found.items, judge=found.judge)


def compare(first: Evaluation, second: Evaluation) -> dict[str, Difference]:
    """The paired difference, ``first`` less ``second``, of every score that both have.

    Raises
    ------
    OptionError
        they were not scored on the same clips and references.
    """
    if first.corpus.ids != second.corpus.ids or first.corpus.references != second.corpus.references:
        raise OptionError(
            f"{first.name} and {second.name} were not scored on the same clips ({len(first.corpus)} and "
            f"{len(second.corpus)}): with missing='skip' score them against references that both cover."
        )
    return differences(first.measured, second.measured, len(first.corpus), first.options.bootstrap)
