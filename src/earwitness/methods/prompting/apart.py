"""Keywords that tell a small language model what to say: heard well, in usual words, each of another kind.

The names nearest to a sound are many names of one thing ("Thunderstorm, Thunder"), and a language model of
a quarter of a billion parameters writes what it reads: "a wasp buzzes around a housefly". What stands out
against other sounds is often rare ("Cricket", beneath a voice), what is nearest is often general
("Vehicle"). So both count, a class goes by its first name, what is no word of captions is left out
("Canidae"), and so is what lies above a keyword or means nearly the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.common.caption import Keyword
from earwitness.encoders.base import SILENCE
from earwitness.encoders.tags.ontology import sound_ontology
from earwitness.methods.prompting.examples import bare_name
from earwitness.methods.prompting.fit import fit
from earwitness.methods.prompting.lists import LACKING, audioset_names, class_places
from earwitness.methods.slips import known_words

if TYPE_CHECKING:
    from earwitness.encoders.background import Background
    from earwitness.methods.prompting.keywords import KeywordIndex

LEAST = 0.25  # of the best keyword's worth: what has less is hardly heard beside it
PARTICULAR = 0.5  # of a kind's worth: with as much, what lies below it is named in its place
SAME = 0.6  # cosine of two names that say nearly the same

# Names of where something is heard, of what has no sound of its own, and of nothing.
PLACES = frozenset([
    SILENCE, "Environmental noise", "Mechanisms", "Hands", "Sound effect", "Noise", "Field recording",
])  # fmt: skip
PLACE = re.compile(r"(?:Inside|Outside)\b")

# Where the classes stand that the ontology of the embedded model lacks.
KINDS = {1: "Speech", 2: "Speech", 12: "Shout", 32: "Singing", 33: "Singing", 277: "Music"}
assert KINDS.keys() == LACKING.keys()


def keywords_apart(
    index: KeywordIndex, vector: Floats, count: int, background: Background | None = None
) -> tuple[Keyword, ...]:
    """The names of the sounds that are heard best, each of another kind.

    Parameters
    ----------
    index : KeywordIndex
        AudioSet's names are chosen among as the module says; a name of one's own list needs no usual words.
    vector : (dim,) float32
    count : int
        Most keywords; fewer where no more are heard.
    background : Background, optional
        Without it names are put in order by the cosine alone.

    Returns
    -------
    tuple of Keyword with its cosine, cut at zero; the one heard best first

    Examples
    --------
    >>> from earwitness.encoders.tags.encoder import TagEncoder
    >>> from earwitness.methods.prompting.keywords import KeywordIndex
    >>> encoder = TagEncoder()
    >>> index = KeywordIndex(encoder, ["Animal", "Dog", "Canidae", "Bark", "Rain"])
    >>> sound = encoder.embed_text(["a dog barks"])[0]
    >>> [k.text for k in keywords_apart(index, sound, 3)]
    ['Bark']
    """
    cosines = index.vectors @ vector
    worth = fit(index.vectors, vector, background)
    chosen: list[int] = []
    for i in _heard(index.names, worth):
        _take(chosen, i, count, index, worth)
    return tuple(Keyword(index.names[i], max(0.0, float(cosines[i]))) for i in chosen)


def _heard(names: Sequence[str], worth: Doubles) -> list[int]:
    """Places of the names that may be said and are heard beside the best, in order of their worth."""
    least = LEAST * worth.max()
    order = np.argsort(-worth, kind="stable").tolist()
    return [i for i in order if worth[i] >= least and _sayable(names[i])]


def _take(chosen: list[int], new: int, count: int, index: KeywordIndex, worth: Doubles) -> None:
    """Add a name to those chosen, put it in the place of a kind above it, or leave it out."""
    name = index.names[new]
    if any(is_above(name, index.names[old]) for old in chosen):
        return
    above = [place for place, old in enumerate(chosen) if is_above(index.names[old], name)]
    if above:
        if worth[new] >= PARTICULAR * worth[chosen[above[0]]]:
            chosen[above[0]] = new
        return
    alike = any(float(index.vectors[new] @ index.vectors[old]) > SAME for old in chosen)
    if not alike and len(chosen) < count:
        chosen.append(new)


@lru_cache(maxsize=4096)
def _sayable(name: str) -> bool:
    place = class_places().get(name)
    if place is None:
        return name.lower() != SILENCE.lower()
    if name != audioset_names()[place].split(",")[0].strip() or name in PLACES or PLACE.match(name):
        return False
    return set(re.findall(r"[a-z']+", bare_name(name).lower())) <= known_words()


def is_above(kind: str, name: str) -> bool:
    """Whether a name of AudioSet is a kind that another belongs to.

    >>> is_above("Animal", "Dog"), is_above("Dog", "Animal"), is_above("Dog", "Dog"), is_above("toy", "Dog")
    (True, False, False, False)
    >>> is_above("Speech", "Male speech"), is_above("Music", "Funny music")
    (True, True)
    """
    places = class_places()
    if kind not in places or name not in places or places[kind] == places[name]:
        return False
    return audioset_names()[places[kind]] in _kinds(places[name])


@lru_cache(maxsize=1024)
def _kinds(place: int) -> frozenset[str]:
    return sound_ontology().ancestors(KINDS.get(place, audioset_names()[place]))
