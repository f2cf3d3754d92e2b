"""Whether a sound bears out what a sentence says of it, part by part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.common.talk import SPEECH_CLASSES, SPEECH_WORDS
from earwitness.encoders.background import Background
from earwitness.methods.style import parts

SPEECH_LEAST, HABIT = 0.3, 2.0  # surest probability of speech that needs no excuse, and what none of it costs

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


def unheard_speech(sentences: Sequence[str], surest: Floats, names: Sequence[str]) -> npt.NDArray[np.float64]:
    """What it costs a sentence to speak of speech that is hardly heard even where it is surest.

    A third of all captions that a decoder learns from speak of speech, so it is said from habit, too.

    Parameters
    ----------
    sentences : sequence of str
    surest : (axes,) float32
        Each axis' probability where it is surest.
    names : sequence of str
        Names of the first axes.

    Returns
    -------
    (sentences,) float64, from ``-HABIT`` where no speech is heard to 0

    Examples
    --------
    >>> unheard_speech(["A man speaks", "A dog barks"], np.array([0.0], np.float32), ["Speech"]).tolist()
    [-2.0, 0.0]
    """
    heard = max((float(surest[i]) for i, name in enumerate(names) if name in SPEECH_CLASSES), default=1.0)
    cost = HABIT * min(0.0, heard / SPEECH_LEAST - 1)
    return np.array([cost if SPEECH_WORDS.search(s) else 0.0 for s in sentences])


def says_twice(sentence: str, said: Sequence[str], embedded: Mapping[str, Floats]) -> bool:
    """Whether two whole parts mean the same sounds: "an explosion occurs and then an explosion happens"."""
    whole = set(parts(sentence.lower())).intersection(said)
    if len(whole) < 2:
        return False
    vectors = np.stack([embedded[p] for p in sorted(whole)])
    return bool((vectors @ vectors.T)[np.triu_indices(len(whole), 1)].max() >= SAME_SOUNDS)
