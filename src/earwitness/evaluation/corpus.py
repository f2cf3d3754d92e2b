"""What every metric is given: predictions and references, clip by clip, and their Penn Treebank words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from earwitness.common.errors import OptionError
from earwitness.evaluation.words.ngrams import Counts, ngrams
from earwitness.evaluation.words.ptb import tokenise


@dataclass(frozen=True)
class Corpus:
    """Clips with one prediction and at least one reference each; an empty prediction is a missing one.

    Raises
    ------
    OptionError
        there is no clip, the lists differ in length, or a clip has no reference.

    >>> Corpus(("a.wav",), ("Rain falls.",), (("It rains.", "Heavy rain"),)).words
    ('rain falls',)
    """

    ids: tuple[str, ...]
    predictions: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]
    # where the sounds are, for metrics that listen
    sounds: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.ids:
            raise OptionError("There is no clip to score.")
        if not len(self.ids) == len(self.predictions) == len(self.references):
            raise OptionError(
                f"{len(self.ids)} ids, {len(self.predictions)} predictions and {len(self.references)} sets "
                "of references do not belong together."
            )
        for clip, references in zip(self.ids, self.references, strict=True):
            if not references:
                raise OptionError(f"Clip {clip!r} has no reference caption to be scored against.")

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The predictions, tokenised."""
        return tuple(map(tokenise, self.predictions))

    @cached_property
    def reference_words(self) -> tuple[tuple[str, ...], ...]:
        """The references, tokenised."""
        return tuple(tuple(map(tokenise, references)) for references in self.references)

    @cached_property
    def ngrams(self) -> tuple[Counts, ...]:
        """The n-grams of each prediction; shared, so not to be changed."""
        return tuple(map(ngrams, self.words))

    @cached_property
    def reference_ngrams(self) -> tuple[tuple[Counts, ...], ...]:
        """The n-grams of each reference; shared, so not to be changed."""
        return tuple(tuple(map(ngrams, references)) for references in self.reference_words)
