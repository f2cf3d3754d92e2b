"""Counts of word n-grams, the ground BLEU and CIDEr-D stand on."""

from __future__ import annotations

from collections import Counter

Ngram = tuple[str, ...]
ORDERS = 4


def ngrams(sentence: str) -> Counter[Ngram]:
    """How often each run of one to four words occurs in a tokenised sentence.

    >>> sorted(ngrams("a dog a").items())
    [(('a',), 2), (('a', 'dog'), 1), (('a', 'dog', 'a'), 1), (('dog',), 1), (('dog', 'a'), 1)]
    """
    words = sentence.split()
    counts: Counter[Ngram] = Counter()
    for order in range(1, ORDERS + 1):
        counts.update(zip(*(words[first:] for first in range(order)), strict=False))
    return counts
