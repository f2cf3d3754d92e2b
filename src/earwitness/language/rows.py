"""Rows of tokens: what they begin with alike, and how they are read side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def shared_beginning(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The tokens that two rows begin with.

    >>> shared_beginning([1, 2, 3], [1, 2, 4, 5]), shared_beginning([1, 2], [1, 2, 3])
    ([1, 2], [1, 2])
    """
    least = min(len(one), len(other))
    return list(one[: next((i for i in range(least) if one[i] != other[i]), least)])


def longest_within(row: Sequence[int], commons: Sequence[Sequence[int]]) -> tuple[int, ...]:
    """The longest of some rows of tokens that another begins with, or is; empty for none.

    >>> longest_within([5, 6, 7], [[5], [5, 6], [6]]), longest_within([5], [[6]])
    ((5, 6), ())
    """
    found = [tuple(common) for common in commons if list(row[: len(common)]) == list(common)]
    return max(found, key=len, default=())


def side_by_side(rows: Sequence[Sequence[int]], device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of tokens (b, longest), shorter ones padded before them, and which are read."""
    import torch

    longest = max(map(len, rows))
    pads = [longest - len(row) for row in rows]
    tokens = torch.tensor([[row[0]] * pad + list(row) for row, pad in zip(rows, pads, strict=True)])
    mask = torch.arange(longest)[None, :] >= torch.tensor(pads)[:, None]
    return tokens.to(device), mask.to(device)
