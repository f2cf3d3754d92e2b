"""What a metric is, what it gives, and the register of all that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import OptionError
from earwitness.evaluation.corpus import Corpus

Floats = npt.NDArray[np.float64]
Resample = Callable[[Floats], Floats]
"""(resamples, clips) counts, how often each clip was drawn, to (resamples,) corpus scores."""


@dataclass(frozen=True)
class Measured:
    """A corpus score, its value clip by clip, and how it is computed anew when clips are drawn with
    replacement (``None``: that would say nothing)."""

    value: float
    items: tuple[float, ...]
    resample: Resample | None
    # the model that judged, where the score says nothing without its name
    judge: str = ""


@dataclass(frozen=True)
class Unavailable:
    """A score that could not be computed, and why: one sentence."""

    reason: str


Outcome = Measured | Unavailable


@dataclass(frozen=True)
class Metric:
    """A metric, or a family of them computed together.

    ``measure`` takes the corpus; if the metric is built from others (``needs``), these are computed first and
    passed as the second argument.
    """

    name: str
    gives: tuple[str, ...]
    measure: Callable[..., dict[str, Outcome]]
    needs: tuple[str, ...] = ()


_METRICS: dict[str, Metric] = {}


def register_metric(metric: Metric) -> Metric:
    """Add a metric to those ``evaluate`` computes; one of the same name is replaced.

    A metric of your own: every word counts one.

    >>> def words(corpus):
    ...     return {"words": of_items([float(len(s.split())) for s in corpus.words])}
    >>> _ = register_metric(Metric("words", ("words",), words))
    >>> compute(Corpus(("a",), ("Rain falls.",), (("It rains.",),)), ["words"])["words"].value
    2.0
    >>> _ = _METRICS.pop("words")
    """
    _METRICS[metric.name] = metric
    return metric


def metric_names() -> tuple[str, ...]:
    """Names of all registered metrics, in the order of registration."""
    return tuple(_METRICS)


def of_items(items: Sequence[float]) -> Measured:
    """A metric whose corpus score is the plain mean of its clips' scores.

    >>> of_items([1.0, 3.0]).resample(np.array([[2.0, 0.0], [0.0, 2.0]])).tolist()
    [1.0, 3.0]
    """
    values = np.asarray(items, dtype=np.float64)
    return Measured(
        float(np.mean(values)), tuple(values.tolist()), lambda counts: counts @ values / counts.sum(axis=1)
    )


def mean_of(done: Mapping[str, Outcome], names: tuple[str, ...]) -> Outcome:
    """The plain mean of other scores, or the reason for the first one missing.

    >>> rain = {"a": of_items([0.0, 1.0]), "b": of_items([1.0, 1.0]), "c": Unavailable("no c here")}
    >>> mean_of(rain, ("a", "b")).value, mean_of(rain, ("a", "c")).reason
    (0.75, 'needs c: no c here')
    """
    parts: list[Measured] = []
    for name in names:
        outcome = done[name]
        if isinstance(outcome, Unavailable):
            return Unavailable(f"needs {name}: {outcome.reason}")
        parts.append(outcome)
    again = [part.resample for part in parts if part.resample]
    return Measured(
        sum(part.value for part in parts) / len(parts),
        tuple(np.mean([part.items for part in parts], axis=0).tolist()),
        (lambda counts: np.mean([score(counts) for score in again], axis=0))
        if len(again) == len(parts)
        else None,
    )


def select(names: Iterable[str] | None) -> list[Metric]:
    """The metrics called ``names``, each after those it needs; all of them for ``None``.

    Raises
    ------
    OptionError
        there is no such metric.
    """
    wanted = list(_METRICS.values()) if names is None else [_find(name) for name in names]
    chosen: dict[str, Metric] = {}

    def add(metric: Metric) -> None:
        for name in metric.needs:
            add(_find(name))
        chosen.setdefault(metric.name, metric)

    for metric in wanted:
        add(metric)
    return list(chosen.values())


def _find(name: str) -> Metric:
    wanted = name.strip().lower().replace("-", "_")
    for metric in _METRICS.values():
        if wanted in (metric.name, *metric.gives):
            return metric
    raise OptionError(f"There is no metric {name!r}; there are {', '.join(_METRICS)}.")


def compute(
    corpus: Corpus, names: Iterable[str] | None = None, replacing: Iterable[Metric] = ()
) -> dict[str, Outcome]:
    """Measure a corpus; every score that could not be computed is there too, with its reason.

    Parameters
    ----------
    names
        which metrics; all by default.
    replacing
        metrics to use instead of the registered ones of the same name.

    Raises
    ------
    OptionError
        there is no such metric.
    """
    done: dict[str, Outcome] = {}
    instead = {metric.name: metric for metric in replacing}
    for chosen in select(names):
        metric = instead.get(chosen.name, chosen)
        done.update(metric.measure(corpus, _view(metric, done)) if metric.needs else metric.measure(corpus))
    return done


def _view(metric: Metric, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    return {score: done[score] for name in metric.needs for score in _find(name).gives}
