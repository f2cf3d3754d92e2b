"""What is surely heard beside what a sentence says: a sound that lasts or returns is named, too.

A decoder names what stands out. Listeners also name what goes on behind it: a voice, birds, wind, water.
Where such a sound is surely heard, and the sentence says nothing of its kind, it is added.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.encoders.base import AudioTextEncoder, SoundTagger
from earwitness.encoders.runtime import asset

MOST_WORDS = 13  # of a sentence that something was added to: people use 8.4 on average
PLAINER = 0.05  # cosine by which a more particular way to say something has to fit better than the plain one
# What joins a sentence to what is added; one that says "as" or "while" already goes on with "and".
AS, AND = "as", "and"
JOINED = re.compile(r"\b(?:as|while)\b", re.I)


@dataclass(frozen=True)
class Beside:
    """A sound that is named beside others: how sure it has to be, and how it is said."""

    # least probability of any of its classes, in the moments where each is surest
    least: float
    # names of the axes that hear it, the words that already speak of it, and ways to say it
    classes: tuple[str, ...]
    said: re.Pattern[str]
    phrases: tuple[str, ...]


@lru_cache(maxsize=1)
def named_beside() -> tuple[Beside, ...]:
    """The kinds of sounds that are named beside others, in no order."""
    with asset("also-heard.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Beside(
                float(row["least"]),
                tuple(row["classes"].split("; ")),
                re.compile(rf"\b(?:{row['said']})", re.I),
                tuple(row["phrases"].split("; ")),
            )
            for row in csv.DictReader(file)
        )


def also_heard(surest: Floats, names: Sequence[str]) -> list[Beside]:
    """What is surely heard, the surest first.

    Parameters
    ----------
    surest : (axes,) float32
        Each axis' probability where it is surest; all zero for sounds too short to have anything beside.
    names : sequence of str
        Names of the first axes.

    Examples
    --------
    >>> import numpy as np
    >>> [b.phrases[0] for b in also_heard(np.array([0.1, 0.9], np.float32), ["Wind", "Bird"])]
    ['birds chirp']
    """
    place = {name: i for i, name in enumerate(names)}
    sure = []
    for beside in named_beside():
        # two classes that are half heard, wind and wind in the microphone, bear each other out
        heard = 1 - float(np.prod([1 - surest[place[c]] for c in beside.classes if c in place]))
        if heard >= beside.least:
            sure.append((heard / beside.least, beside))
    return [beside for _, beside in sorted(sure, key=lambda pair: -pair[0])]


def completed(
    sentence: str, heard: Sequence[Beside], most: int, choose: Callable[[Sequence[str]], str]
) -> str:
    """The sentence with what it leaves out.

    Parameters
    ----------
    sentence : str
    heard : sequence of Beside
        In order of importance.
    most : int
        How many are added at most.
    choose : callable
        Of several ways to say one thing the one that fits the sound.

    Examples
    --------
    >>> import numpy as np
    >>> heard = also_heard(np.array([0.9, 0.9], np.float32), ["Wind", "Bird"])
    >>> completed("A bee buzzes", heard, 2, lambda phrases: phrases[0])
    'A bee buzzes as birds chirp and wind blows'
    >>> completed("Rain falls while a dog barks", heard, 1, lambda phrases: phrases[0])
    'Rain falls while a dog barks and birds chirp'
    >>> completed("rain.", heard, 1, lambda phrases: phrases[0]), completed("", heard, 1, min)
    ('rain as birds chirp.', '')
    >>> completed("Birds sing in the wind", heard, 2, lambda phrases: phrases[0])
    'Birds sing in the wind'
    """
    body = sentence.rstrip(" .!?")
    mark, sentence = sentence[len(body) :], body
    added = 0
    for beside in heard if sentence else ():
        if added == most:
            break
        if beside.said.search(sentence):
            continue
        phrase = beside.phrases[0] if len(beside.phrases) == 1 else choose(beside.phrases)
        longer = f"{sentence} {AND if JOINED.search(sentence) else AS} {phrase}"
        if len(longer.split()) <= MOST_WORDS:
            sentence, added = longer, added + 1
    return sentence + mark


@dataclass(frozen=True)
class Completer:
    """Completes a method's sentences with what an encoder surely heard.

    ``most`` is how many sounds are added at most; 0, and an encoder without named axes, adds none.
    """

    encoder: AudioTextEncoder
    most: int

    def completed(self, sentences: Sequence[str], vector: Floats, surest: Floats | None) -> list[str]:
        """The sentences of one sound with what each leaves out.

        Parameters
        ----------
        sentences : (n,) strings
        vector : (dim,) float32
            The sound.
        surest : (axes,) float32, optional
            Each axis' probability where it is surest; without it nothing is added.
        """
        if surest is None or not self.most or not isinstance(self.encoder, SoundTagger):
            return list(sentences)
        heard = also_heard(surest, self.encoder.axis_names)
        return [completed(s, heard, self.most, lambda ways: self._fitting(ways, vector)) for s in sentences]

    def _fitting(self, ways: Sequence[str], vector: Floats) -> str:
        """The way to say it that fits the sound: the first, the plainest, unless another does clearly."""
        match = self.encoder.embed_text(ways) @ vector
        return ways[int((match - PLAINER * (np.arange(len(match)) > 0)).argmax())]
