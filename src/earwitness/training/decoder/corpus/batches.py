"""Captions as batches of tokens: lengths bucketed, so that little is computed on padding."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

PAD = 0  # of the tokenizers that we train
BUCKET = 16  # batches whose captions are sorted by length together


def padded(tokens: Sequence[list[int]], pad: int = PAD) -> Tensor:
    """Token lists -> (n, longest) int64, padded on the right.

    >>> padded([[5, 1], [7, 8, 1]]).tolist()
    [[5, 1, 0], [7, 8, 1]]
    """
    out = torch.full((len(tokens), max(map(len, tokens))), pad)
    for row, ids in enumerate(tokens):
        out[row, : len(ids)] = torch.tensor(ids)
    return out


def batches(
    lengths: Sequence[int], size: int, rng: np.random.Generator | None, *, drop_last: bool = False
) -> list[list[int]]:
    """Rows in batches of like length, in random order; without a generator in the order of their length.

    Parameters
    ----------
    lengths : sequence of int
        Tokens of each caption.
    size : int
        Captions a batch.
    rng : numpy.random.Generator, optional
    drop_last : bool
        Leave out the captions that do not fill a batch, drawn at random (the published trainers' rule); where
        there is less than one batch, that one is kept.

    >>> batches([3, 1, 2], 2, None)
    [[1, 2], [0]]
    """
    rows = rng.permutation(len(lengths)) if rng else np.argsort(lengths, kind="stable")
    if drop_last and len(rows) > size:
        rows = rows[: len(rows) // size * size]
    out = []
    for start in range(0, len(rows), size * BUCKET):
        bucket = sorted(rows[start : start + size * BUCKET], key=lambda r: lengths[r])
        out += [[int(r) for r in bucket[i : i + size]] for i in range(0, len(bucket), size)]
    return [out[i] for i in rng.permutation(len(out))] if rng else out


def in_order(count: int, size: int, *, drop_last: bool = False) -> list[list[int]]:
    """Rows in batches one after the other, as the published trainers take them.

    >>> in_order(5, 2), in_order(5, 2, drop_last=True)
    ([[0, 1], [2, 3], [4]], [[0, 1], [2, 3]])
    """
    kept = count // size * size if drop_last and count > size else count
    return [list(range(start, min(start + size, kept))) for start in range(0, kept, size)]
