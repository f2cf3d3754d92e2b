"""Rows of tokens that begin alike in families: what a family's rows share is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from earwitness.language.rows import longest_within, shared_beginning

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel
    from earwitness.language.state import LanguageState


WORTH = 0.25  # of the longest: what shorter beginnings of families hold is read with each row
APART = 16  # tokens more than twice as many make rows of very different lengths


def read_families(
    model: LanguageModel,
    rows: Sequence[Sequence[int]],
    families: Sequence[Hashable],
    commons: Sequence[Sequence[int]] = (),
) -> LanguageState:
    """Read rows of tokens as ``model.prompt_tokens`` does, but what each family's begin with once.

    Parameters
    ----------
    model : LanguageModel
    rows : sequence of token rows
    families : sequence
        The family of each row.
    commons : sequence of token rows
        What rows of several families begin with; a row goes on from the longest that it begins with.

    Returns
    -------
    LanguageState; what rows share may be kept once, and followed by padding
    """
    begun = _beginnings(rows, families)
    common = {family: longest_within(start, commons) for family, start in begun.items()}
    read = _read_first(begun, common, Counter(families))
    if not all(common[family] or family in read for family in begun) or not read:
        return model.prompt_tokens(rows, commons)
    first = model.prompt_tokens([begun[family] for family in read], commons)
    states = {family: first.alone(i) for i, family in enumerate(read)}
    for family in begun:
        if family not in states:
            states[family] = model.begun(common[family])
    kept = list(dict.fromkeys(states.values()))
    of = [kept.index(states[family]) for family in families]
    rests = [row[states[family].length :] for row, family in zip(rows, families, strict=True)]
    return model.go_on(kept, of, rests)


def _read_first(
    begun: Mapping[Hashable, Sequence[int]],
    common: Mapping[Hashable, Sequence[int]],
    sizes: Mapping[Hashable, int],
) -> list[Hashable]:
    """The families whose beginnings are worth a reading of their own, if any is; those without a common one.

    Something is read once that would be read twice, or rows are of very different lengths: read side by side,
    a short one beside a long one is mostly padding.
    """
    more = {family: len(start) - len(common[family]) for family, start in begun.items()}
    most, least = max(more.values()), min(more.values())
    twice = any(sizes[family] > 1 and more[family] for family in begun)
    apart = all(common.values()) and most > 2 * least + APART
    if not twice and not apart:
        return []
    return [
        family for family in begun if more[family] and (more[family] >= WORTH * most or not common[family])
    ]


def _beginnings(rows: Sequence[Sequence[int]], families: Sequence[Hashable]) -> dict[Hashable, Sequence[int]]:
    """What the rows of each family begin with; a row goes on after it."""
    begun: dict[Hashable, Sequence[int]] = {}
    for row, family in zip(rows, families, strict=True):
        begun[family] = shared_beginning(begun.get(family, row), row[:-1])
    return begun
