"""Whether a sound bears out what a sentence says of it, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from earwitness.encoders.background import Background
from earwitness.methods.style import parts

Floats = npt.NDArray[np.float32]

SAME_SOUNDS = 0.97  # cosine of two parts that name the same sounds


def shortfall(
    background: Background,
    vector: Floats,
    said: Sequence[Sequence[str]],
    embedded: Mapping[str, Floats],
    least: float,
) -> npt.NDArray[np.float64]:
    """How far the worst of what each sentence says falls short of what it needs to pass, 0 for none.

    The sentences of one sound share most of their parts, so each part is matched once. A part is also
    matched given each part of its sentence that matches better: what those explain speaks for no other.

    Parameters
    ----------
    background : Background
    vector : (dim,) float32
        The sound.
    said : sequence of sequences of str
        What each sentence says: its parts.
    embedded : mapping
        The parts' embeddings.
    least : float
        Standard deviations above its usual match that a part needs to pass.

    Returns
    -------
    (sentences,) float64, at most 0
    """
    place = {p: i for i, p in enumerate(sorted({p for ps in said for p in ps}))}
    meant = np.stack([embedded[p] for p in place])
    match, given = background.standardised(vector, meant), background.given(vector, meant)
    stronger = match[:, None] > match[None, :]

    def worst(ids: list[int]) -> float:
        beside = given[np.ix_(ids, ids)][stronger[np.ix_(ids, ids)]]
        return float(min(match[ids].min(), beside.min(initial=np.inf)))

    return np.array([min(0.0, worst([place[p] for p in ps]) - least) for ps in said])


def says_twice(sentence: str, said: Sequence[str], embedded: Mapping[str, Floats]) -> bool:
    """Whether two whole parts mean the same sounds: "an explosion occurs and then an explosion happens"."""
    whole = set(parts(sentence.lower())).intersection(said)
    if len(whole) < 2:
        return False
    vectors = np.stack([embedded[p] for p in sorted(whole)])
    return bool((vectors @ vectors.T)[np.triu_indices(len(whole), 1)].max() >= SAME_SOUNDS)
