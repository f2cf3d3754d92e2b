"""Tables of labelled sentences, and how they are divided for a fit that does not see what it is judged on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows to fit on: features of a sentence about a sound, and whether it is right.

    ``set`` and ``group`` (rows,) say which set a sound is of, and which kind of sound within it: a fold
    leaves out whole groups. ``judged`` marks the rows that are judged: the first sentences about
    whole sounds; the others (further sentences, cut sounds) only help the fit.
    """

    features: Floats
    right: Floats
    weight: Floats
    set: npt.NDArray[np.str_]
    group: npt.NDArray[np.str_]
    judged: Bools

    def rows(self, picked: Bools) -> Table:
        """Some of the rows."""
        names = ("features", "right", "weight", "set", "group", "judged")
        return Table(**{name: getattr(self, name)[picked] for name in names})

    def weighed(self, sets: Mapping[str, float]) -> Table:
        """Each set's rows counted so often."""
        factor = np.array([sets.get(s, 1.0) for s in self.set])
        return replace(self, weight=self.weight * factor)


def folds(table: Table, by_group: tuple[str, ...]) -> Iterator[Bools]:
    """Which rows each fold leaves out.

    A set in ``by_group`` is left out a group at a time, and any other as a whole.

    Parameters
    ----------
    table : Table
    by_group : tuple of str
        Names of sets.

    Yields
    ------
    (rows,) bool
    """
    for name in dict.fromkeys(table.set.tolist()):
        inside = table.set == name
        if name not in by_group:
            yield inside
            continue
        for group in sorted(set(table.group[inside].tolist())):
            yield inside & (table.group == group)


def parts(table: Table, count: int) -> Iterator[Bools]:
    """The rows in ``count`` parts, each group whole in one of them."""
    first = np.array([f"{s}/{g}" for s, g in zip(table.set, table.group, strict=True)])
    kinds = sorted(set(first.tolist()))
    place = {kind: i % count for i, kind in enumerate(kinds)}
    number = np.array([place[kind] for kind in first.tolist()])
    for k in range(count):
        yield number == k
