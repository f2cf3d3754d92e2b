"""Captions that match a sound, to be read before one about it: found by text alone.

A small language model knows little of what is said of a sound; five captions of each of AudioSet's classes
tell it (data/class-captions, written for earwitness). They are embedded as text and looked up by the sound,
as WSAC's nearest neighbour is; no recording is asked.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.encoders.base import SILENCE
from earwitness.methods.prompting.examples import Example, bare_names
from earwitness.methods.prompting.fit import fit
from earwitness.methods.prompting.keywords import embedded_names
from earwitness.methods.style import as_sentence

if TYPE_CHECKING:
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder


@lru_cache(maxsize=1)
def class_examples() -> tuple[tuple[str, Example], ...]:
    """Each caption with its keywords, and the class that it was written for; those of silence tell nothing.

    >>> class_examples()[0]
    ('Speech', (('speech babble', 'hubbub', 'speech noise'), 'A man speaks in a calm voice'))
    """
    from earwitness.encoders.runtime import asset

    with asset("examples.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return tuple(
        (
            row["class"],
            (tuple(bare_names(row["keywords"].split("; "), lower=True)), as_sentence(row["caption"])),
        )
        for row in rows
        if row["class"] != SILENCE
    )


class NearExamples:
    """The captions of all classes in an encoder's space; embedded once, and kept in the cache folder.

    Parameters
    ----------
    encoder : AudioTextEncoder
    background : Background, optional
        Where given, a caption counts by how far above its usual match it is, too.

    Examples
    --------
    >>> from earwitness.encoders.tags.encoder import TagEncoder
    >>> encoder = TagEncoder()
    >>> sound = encoder.embed_text(["a rooster crows"])[0]
    >>> len(NearExamples(encoder, encoder.background()).found(sound, 3))
    3
    """

    def __init__(self, encoder: AudioTextEncoder, background: Background | None = None) -> None:
        self._background = background
        self._vectors = embedded_names(encoder, tuple(text for _, (_, text) in class_examples()))
        self._usual = background.usual_match(self._vectors) if background else None

    def found(self, vector: Floats, count: int) -> list[Example]:
        """The captions that match a sound (dim,) best, at most one of a class, the best last."""
        worth = fit(self._vectors, vector, self._background, self._usual)
        best: dict[str, Example] = {}
        for i in np.argsort(-worth, kind="stable"):
            name, example = class_examples()[i]
            best.setdefault(name, example)
            if len(best) == count:
                break
        return list(best.values())[::-1]
