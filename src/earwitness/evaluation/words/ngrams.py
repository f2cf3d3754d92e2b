"""Counts of word n-grams, the ground BLEU and CIDEr-D stand on."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

Ngram = tuple[str, ...]
Counts = Counter[Ngram]
ORDERS = 4


def ngrams(sentence: str) -> Counts:
    """How often each run of one to four words occurs in a tokenised sentence.

    >>> sorted(ngrams("a dog a").items())
    [(('a',), 2), (('a', 'dog'), 1), (('a', 'dog', 'a'), 1), (('dog',), 1), (('dog', 'a'), 1)]
    """
    one = sentence.split()
    two = pairwise(one)
    three = zip(one, one[1:], one[2:], strict=False)
    four = zip(one, one[1:], one[2:], one[3:], strict=False)
    return Counter([*zip(one, strict=True), *two, *three, *four])


def words(counts: Counts) -> int:
    """How many words the sentence has that was counted.

    >>> words(ngrams("a dog and a cat"))
    5
    """
    return sum(count for ngram, count in counts.items() if len(ngram) == 1)
