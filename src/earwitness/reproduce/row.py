"""A published table as data: what each row ran with, and what was printed for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Set = Literal["audiocaps", "clotho"]


@dataclass(frozen=True)
class Training:
    """A decoder that a row writes with: trained on the captions of a set, by a recipe, with which bridges."""

    data: Set
    recipe: str = "wsac"
    # noise on the embeddings as the set's captions ask for it, and the shift towards sounds
    noise: bool = True
    shift: bool = False

    @property
    def name(self) -> str:
        """The folder that it is trained in.

        >>> Training("clotho", shift=True).name
        'wsac-clotho-noise-shift'
        """
        parts = [self.recipe, self.data, *["noise"] * self.noise, *["shift"] * self.shift]
        return "-".join(parts)


@dataclass(frozen=True)
class Row:
    """One row: the test set, the settings, and the published scores as fractions."""

    name: str
    data: Set
    preset: str
    options: Mapping[str, Any] = field(default_factory=dict)
    published: Mapping[str, float] = field(default_factory=dict)
    training: Training | None = None

    @property
    def file(self) -> str:
        """The row's name as a file name.

        >>> Row("l2 = .015", "audiocaps", "audibility").file
        'audiocaps-l2-.015'
        """
        return f"{self.data}-{re.sub(r'[^A-Za-z0-9.+]+', '-', self.name).strip('-')}"


@dataclass(frozen=True)
class Table:
    """A published table: where it stands, its rows, and what a machine needs for them."""

    name: str
    source: str
    about: str
    rows: tuple[Row, ...]
    # memory of the graphics card in GB and hours on one, estimated from the models' sizes and the sets'
    memory: int
    hours: float
    # what of it is not run, and why
    left_out: str = ""


def scores(names: tuple[str, ...], percent: str) -> dict[str, float]:
    """Scores as fractions of printed percentages; ``-`` where none was printed.

    >>> scores(("bleu_1", "meteor"), "44.8 -")
    {'bleu_1': 0.448}
    """
    pairs = zip(names, percent.split(), strict=True)
    return {name: round(float(value) / 100, 6) for name, value in pairs if value != "-"}
