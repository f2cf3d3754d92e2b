"""Captions as training examples for a decoder of any encoder's space: text embeddings with noise on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.common.errors import OptionError
from earwitness.training.decoder.corpus.noise import NoiseOptions, inject


@dataclass(frozen=True, eq=False)
class CaptionCorpus:
    """Captions with their embeddings (n, dim); as a ``Corpus`` and as ``Examples`` one and the same.

    The embeddings are perturbed anew whenever they are asked for.
    """

    texts: list[str]
    embeddings: Floats
    noise: NoiseOptions = field(default_factory=NoiseOptions)

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.embeddings) or not self.texts:
            raise OptionError(
                f"{len(self.texts)} captions and {len(self.embeddings)} embeddings do not make a corpus."
            )

    def __len__(self) -> int:
        return len(self.texts)

    def epoch(self, rng: np.random.Generator) -> CaptionCorpus:
        """See ``Corpus.epoch``."""
        return self

    def vectors(self, rows: Sequence[int], rng: np.random.Generator) -> Floats:
        """See ``Examples.vectors``: (rows,) -> (rows, dim)."""
        return inject(self.embeddings[list(rows)], self.noise, rng)

    def clean(self) -> Floats:
        """The embeddings as a sound's would be handed over: shifted, without noise: (n, dim)."""
        return inject(self.embeddings, replace(self.noise, variance=0.0), np.random.default_rng(0))


def split(count: int, held_out: int, seed: int) -> tuple[list[int], list[int]]:
    """Rows to learn from and rows to validate on, drawn at random and each in order.

    >>> learned, held_out = split(10, 3, seed=0)
    >>> len(learned), len(held_out), sorted(learned + held_out) == list(range(10))
    (7, 3, True)
    """
    drawn = np.random.default_rng(seed).permutation(count)
    return sorted(map(int, drawn[held_out:])), sorted(map(int, drawn[:held_out]))
