"""ROUGE-L as the COCO caption tools compute it.

Lin, "ROUGE: a package for automatic evaluation of summaries", ACL workshop 2004. Best precision and best
recall over the references, which may come from different ones, joined with beta = 1.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Metric, Outcome, of_items, register_metric

BETA = 1.2


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence.

    Bit i of ``row`` is 0 where the dynamic-programming row grows by one at column i, so a whole row is
    updated by four operations on one integer (Hyyrö 2004), and the zeros at the end are the length.

    >>> common_subsequence("a dog barks twice".split(), "the dog then barks".split())
    2
    """
    places: dict[str, int] = {}
    for column, word in enumerate(first):
        places[word] = places.get(word, 0) | 1 << column
    full = (1 << len(first)) - 1
    row = full
    for word in second:
        matches = row & places.get(word, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(first) - row.bit_count()


def rouge_l(prediction: str, references: Sequence[str]) -> float:
    """ROUGE-L of one tokenised prediction against its tokenised references.

    An empty sentence counts as one empty word, as in the COCO tools: it scores 0, it does not fail.

    >>> round(rouge_l("a dog barks", ["the dog barks loudly", "a cat"]), 4)
    0.5571
    """
    words = prediction.split(" ")
    precision = recall = 0.0
    for reference in references:
        others = reference.split(" ")
        common = common_subsequence(words, others)
        precision = max(precision, common / len(words))
        recall = max(recall, common / len(others))
    if not precision or not recall:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def measure_rouge_l(corpus: Corpus) -> dict[str, Outcome]:
    """ROUGE-L of a corpus: the mean over its clips."""
    return {
        "rouge_l": of_items(
            [rouge_l(*clip) for clip in zip(corpus.words, corpus.reference_words, strict=True)]
        )
    }


register_metric(Metric("rouge_l", ("rouge_l",), measure_rouge_l))
