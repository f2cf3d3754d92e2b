"""Rows of tokens that begin alike in families: what a family's rows share is read once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel
    from earwitness.language.state import LanguageState


def read_families(
    model: LanguageModel,
    rows: Sequence[Sequence[int]],
    families: Sequence[int],
    common: Sequence[int] = (),
) -> LanguageState:
    """Read rows of tokens as ``model.prompt_tokens`` does, but what each family's begin with once.

    Parameters
    ----------
    model : LanguageModel
    rows : sequence of token rows
    families : sequence of int
        The family of each row.
    common : sequence of tokens
        What every row begins with.

    Returns
    -------
    LanguageState; rows of a family may be padded within, before what is their own
    """
    begun: dict[int, list[int]] = {}
    for row, family in zip(rows, families, strict=True):
        begun[family] = shared_beginning(begun.get(family, row), row[:-1])  # a row has to go on
    order = list(begun)
    least, most = min(len(begun[family]) for family in order), max(map(len, rows))
    # a window of attention counts padding within a row as if it were read
    if len(order) == len(rows) or least <= len(common) or most > model.window:
        return model.prompt_tokens(rows, common)
    state = model.prompt_tokens([begun[family] for family in order], common)
    state = state.select([order.index(family) for family in families])
    rests = [row[len(begun[family]) :] for row, family in zip(rows, families, strict=True)]
    return model.advance_rows(state, rests)


def shared_beginning(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The tokens that two rows begin with.

    >>> shared_beginning([1, 2, 3], [1, 2, 4, 5]), shared_beginning([1, 2], [1, 2, 3])
    ([1, 2], [1, 2])
    """
    least = min(len(one), len(other))
    return list(one[: next((i for i in range(least) if one[i] != other[i]), least)])
