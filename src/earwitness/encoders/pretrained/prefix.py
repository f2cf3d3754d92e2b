"""Which tokens a set of sentences has in common, so that a causal text tower computes them once.

The tokens of ``prefix + continuation`` need not begin with the tokens of ``prefix``: a tokenizer may merge
across the join ("rain" + "bow"), and a space at the end of the prefix joins the next word. So whole sentences
are tokenised, and what is shared is read off their tokens.
"""

from __future__ import annotations

from collections.abc import Sequence


def common_length(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens two sequences have in common at their beginning.

    >>> common_length([1, 2, 3], [1, 2, 4, 5])
    2
    """
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    return count


def shared_prefix(prefix: Sequence[int], rows: Sequence[Sequence[int]]) -> tuple[int, list[int], list[int]]:
    """Choose how much of a prefix to compute once.

    Parameters
    ----------
    prefix : tokens of the prefix alone
    rows : tokens of whole sentences

    Returns
    -------
    length : int
        Tokens of ``prefix`` to share: the number that saves most, given that some rows share fewer.
    sharing, others : lists of int
        The rows that begin with those tokens and have at least one more, and the rows that do not.

    Examples
    --------
    >>> shared_prefix([1, 2, 3], [[1, 2, 3, 9], [1, 2, 3, 8], [1, 7]])
    (3, [0, 1], [2])
    >>> shared_prefix([1, 2, 3], [[1, 2, 4], [1, 2, 5]])
    (2, [0, 1], [])
    """
    lengths = [min(common_length(prefix, row), len(row) - 1) for row in rows]
    saved = {n: n * sum(length >= n for length in lengths) for n in set(lengths)}
    best = max(saved, key=lambda n: (saved[n], -n), default=0)
    sharing = [i for i, length in enumerate(lengths) if length >= best > 0]
    return (best if sharing else 0), sharing, [i for i in range(len(rows)) if i not in set(sharing)]
