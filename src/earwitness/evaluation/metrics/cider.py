"""CIDEr-D, the CIDEr of every captioning paper, as the COCO caption tools compute it.

Vedantam et al., "CIDEr: consensus-based image description evaluation", CVPR 2015. N-grams of one to four
words weighted by how rare they are among the clips, clipped counts, a Gaussian penalty on length, times
ten.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Metric, Outcome, Unavailable, of_items, register_metric
from earwitness.evaluation.words.ngrams import ORDERS, Counts, Ngram, words

SIGMA = 6.0
SCALE = 10.0


class _Vector(NamedTuple):
    """A sentence as weighted n-grams; its length is counted in bigrams."""

    weights: dict[Ngram, float]
    norms: list[float]
    length: int


def cider_d(predictions: Sequence[Counts], references: Sequence[Sequence[Counts]]) -> list[float]:
    """CIDEr-D of each clip, with the document frequencies of these references.

    Parameters
    ----------
    predictions, references : sequence of Counter
        The n-grams of tokenised sentences, clip by clip.

    >>> from earwitness.evaluation.words.ngrams import ngrams
    >>> said = [ngrams("a dog barks"), ngrams("rain")]
    >>> heard = [[ngrams("a dog barks")], [ngrams("wind"), ngrams("rain falls")]]
    >>> [round(score, 2) for score in cider_d(said, heard)]
    [7.5, 0.87]
    """
    clips_with = Counter(ngram for clip in references for ngram in set().union(*clip))
    everywhere = math.log(len(references))
    rarity = {ngram: everywhere - math.log(clips) for ngram, clips in clips_with.items()}
    return [
        _consensus(
            _vector(prediction, rarity, everywhere),
            [_vector(reference, rarity, everywhere) for reference in clip],
        )
        for prediction, clip in zip(predictions, references, strict=True)
    ]


def _vector(counts: Counts, rarity: Mapping[Ngram, float], unseen: float) -> _Vector:
    weights: dict[Ngram, float] = {}
    squares = [0.0] * ORDERS
    for ngram, count in counts.items():
        weight = weights[ngram] = count * rarity.get(ngram, unseen)
        squares[len(ngram) - 1] += weight * weight
    return _Vector(weights, [math.sqrt(square) for square in squares], max(0, words(counts) - 1))


def _consensus(prediction: _Vector, references: Sequence[_Vector]) -> float:
    return SCALE * sum(_similarity(prediction, reference) for reference in references) / len(references)


def _similarity(prediction: _Vector, reference: _Vector) -> float:
    """Mean over the orders of the clipped cosine, times the penalty on a difference in length."""
    products = [0.0] * ORDERS
    for ngram, weight in prediction.weights.items():
        other = reference.weights.get(ngram)
        if other:
            products[len(ngram) - 1] += min(weight, other) * other
    norms = zip(prediction.norms, reference.norms, strict=True)
    cosines = [
        product / (mine * theirs)
        for product, (mine, theirs) in zip(products, norms, strict=True)
        if mine and theirs
    ]
    difference = prediction.length - reference.length
    return sum(cosines) / ORDERS * math.exp(-(difference**2) / (2 * SIGMA**2))


def measure_cider_d(corpus: Corpus) -> dict[str, Outcome]:
    """CIDEr-D of a corpus: the mean over its clips.

    Resampled corpora keep the document frequencies of the full set: they estimate how common a phrase is,
    they are not part of what is scored, and with them every resample is a mean of the clips' scores.
    """
    if len(corpus) < 2:
        return {"cider_d": Unavailable("CIDEr-D is undefined for one clip: no phrase is rarer than another")}
    return {"cider_d": of_items(cider_d(corpus.ngrams, corpus.reference_ngrams))}


register_metric(Metric("cider_d", ("cider_d",), measure_cider_d))
