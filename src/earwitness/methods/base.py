"""What every method is given and gives back: a sound as it was heard, and a caption of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from earwitness.common.caption import Alternative, Caption, Keyword


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a tagger heard in a stretch of sound.

    ``mean`` and ``peak`` (names,) are the probabilities of its named sounds over the whole stretch and at
    each one's best moment; ``seconds`` is how long the stretch sounds, silence left out; ``loudest`` is its
    largest sample, 1 for full scale and where nobody looked.
    """

    mean: npt.NDArray[np.float32]
    peak: npt.NDArray[np.float32]
    seconds: float
    loudest: float = 1.0


@dataclass(frozen=True, eq=False)
class Heard:
    """A stretch of sound after listening: where it is, its embedding, and what was noticed.

    ``vector`` is the unit embedding (dim,) in the encoder's space, ``None`` for silence. Where the encoder
    gives them, ``views`` are several of the same sound, (views, dim), ``surest`` is each axis' probability
    where it is surest, (axes,), and ``second`` is a second opinion in the encoder's own form. A ``brief``
    sound is too short to have anything beside what it mainly is. ``evidence`` is there where the encoder has
    named axes.
    """

    path: str
    start: float
    end: float
    vector: npt.NDArray[np.float32] | None
    keywords: tuple[Keyword, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: Evidence | None = None
    views: npt.NDArray[np.float32] | None = None
    surest: npt.NDArray[np.float32] | None = None
    second: npt.NDArray[np.float32] | None = None
    brief: bool = False


@dataclass(frozen=True)
class Written:
    """What a method wrote for one sound, best sentence first, each with its fit.

    ``instead_of`` is the method's own best sentence where a more general one stands first.

    ``keywords`` are those that the method itself went by, ``None`` where it went by none. ``trace`` says why,
    step by step: each a dict of plain JSON types with the keys ``step`` (from 0), ``chosen`` (the text that
    won) and ``candidates``, best first: dicts of ``text`` and one number for each column of the explanation.
    """

    sentences: tuple[Alternative, ...]
    keywords: tuple[Keyword, ...] | None = None
    trace: tuple[dict[str, Any], ...] = ()
    instead_of: Alternative | None = None


class Method(Protocol):
    """A way to come from an embedding to sentences."""

    name: str

    def write(
        self, vectors: npt.NDArray[np.float32], keywords: Sequence[tuple[Keyword, ...]]
    ) -> list[Written]:
        """Embeddings (n, dim) and each sound's keywords -> n results; each independent of the others.

        A method whose ``reads_views`` is true takes the several embeddings of each sound that its encoder
        gives, (n, views, dim), and beside the keywords how sure each axis is at its surest, (n, axes), and
        which sounds are brief, (n,).
        """
        ...


def as_caption(heard: Heard, written: Written | None, method: str, encoder: str, top: int) -> Caption:
    """Put what was heard and what was written together; silence gets no sentence."""
    sentences = written.sentences if written else ()
    best = sentences[0] if sentences else Alternative("", 0.0, confidence=0.0)
    return Caption(
        path=heard.path,
        start=heard.start,
        end=heard.end,
        text=best.text,
        fit=best.fit,
        keywords=heard.keywords if written is None or written.keywords is None else written.keywords,
        method=method,
        encoder=encoder,
        notes=heard.notes,
        alternatives=sentences[:top] if top > 1 else (),
        audibility=best.audibility,
        trace=written.trace if written else (),
        confidence=best.confidence,
        instead_of=written.instead_of if written else None,
    )
