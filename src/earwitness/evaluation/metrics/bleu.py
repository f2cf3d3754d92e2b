"""BLEU-1 to BLEU-4 as the COCO caption tools compute them.

Papineni et al., "BLEU: a method for automatic evaluation of machine translation", ACL 2002. The brevity
penalty takes, clip by clip, the reference length closest to the prediction's, the shorter one on a tie.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, Metric, Outcome, register_metric
from earwitness.evaluation.words.ngrams import ORDERS, Counts, words

# Keep ratios finite, and at zero where nothing matches, exactly as the COCO tools do.
_SMALL, _TINY = 1e-9, 1e-15

Floats = npt.NDArray[np.float64]


def bleu_statistics(prediction: Counts, references: Sequence[Counts]) -> list[int]:
    """All BLEU needs of one clip, and additive over clips.

    Parameters
    ----------
    prediction, references : Counter
        The n-grams of tokenised sentences.

    Returns
    -------
    list of int
        The prediction's length, the closest reference length, then for each order the n-grams in the
        prediction and those of them found in a reference.

    >>> from earwitness.evaluation.words.ngrams import ngrams
    >>> bleu_statistics(ngrams("a dog barks"), [ngrams("the dog barks loudly"), ngrams("a cat")])
    [3, 2, 3, 2, 1, 0, 3, 1, 0, 0]
    """
    length = words(prediction)
    closest = min(map(words, references), key=lambda candidate: (abs(candidate - length), candidate))
    matched = [0] * ORDERS
    for ngram, count in prediction.items():
        matched[len(ngram) - 1] += min(count, max(reference.get(ngram, 0) for reference in references))
    return [length, closest, *(max(0, length - order) for order in range(ORDERS)), *matched]


def bleu_scores(statistics: npt.ArrayLike) -> Floats:
    """BLEU-1..4 of (summed) statistics.

    Shape: (..., 10) -> (..., 4)

    >>> bleu_scores([3, 2, 3, 2, 1, 0, 3, 1, 0, 0]).round(3).tolist()
    [1.0, 0.707, 0.0, 0.0]
    """
    counts = np.asarray(statistics, dtype=np.float64)
    length, closest = counts[..., 0:1], counts[..., 1:2]
    guessed, matched = counts[..., 2 : 2 + ORDERS], counts[..., 2 + ORDERS :]
    precision = np.cumprod((matched + _TINY) / (guessed + _SMALL), axis=-1)
    scores = precision ** (1.0 / np.arange(1, ORDERS + 1))
    ratio = (length + _TINY) / (closest + _SMALL)
    return np.asarray(scores * np.where(ratio < 1, np.exp(1 - 1 / ratio), 1.0))


def measure_bleu(corpus: Corpus) -> dict[str, Outcome]:
    """BLEU-1..4 of a corpus; a resampled corpus is scored from resampled statistics."""
    rows = zip(corpus.ngrams, corpus.reference_ngrams, strict=True)
    statistics = np.array([bleu_statistics(*row) for row in rows], dtype=np.float64)
    whole, clips = bleu_scores(statistics.sum(axis=0)), bleu_scores(statistics)

    def of_order(order: int) -> Measured:
        return Measured(
            float(whole[order]),
            tuple(clips[:, order].tolist()),
            lambda counts: bleu_scores(counts @ statistics)[:, order],
        )

    return {f"bleu_{order + 1}": of_order(order) for order in range(ORDERS)}


register_metric(Metric("bleu", tuple(f"bleu_{n + 1}" for n in range(ORDERS)), measure_bleu))
