"""A few captions that a language model reads before it writes one of its own, with keywords or without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

Example = tuple[tuple[str, ...], str]
Tense = Literal["simple", "progressive"]

# Written for this purpose: what a caption sounds like, whatever is in it. Chosen among five lists on folds
# 1 and 2 of ESC-10 and on clips of AudioCaps that no table reports (benchmarks/methods.md).
EXAMPLES = (
    (("male speech", "bird", "wind"), "A man speaks as birds chirp and wind blows"),
    (("cat meow", "cat purr"), "A cat meows several times"),
    (("engine", "idling", "accelerating"), "An engine idles and then revs up"),
    (("violin", "music"), "Someone plays a violin"),
    (("train horn", "railroad car"), "A train approaches and blows its horn"),
    (("water tap", "dishes", "female speech"), "A woman speaks while water runs and dishes clink"),
    (("cheering", "male speech"), "A crowd cheers as a man shouts"),
    (("drill",), "A drill whirs and then stops"),
    (("female singing", "guitar"), "A woman sings while a guitar plays"),
    (("car passing by", "wind"), "A car drives past at high speed"),
    (("duck quack", "water splash"), "Ducks quack and water splashes"),
    (("slam", "wood"), "A wooden door slams shut"),
    (("child speech", "laughter", "female speech"), "A child laughs and a woman speaks"),
    (("wind", "male speech"), "A man talks while wind blows"),
    (("thump", "wood"), "Something thumps on a wooden surface"),
    (("goat", "male speech"), "A goat bleats and a man speaks"),
    (("sewing machine", "tick"), "A sewing machine runs"),
    (("fireworks", "cheering"), "Fireworks explode while people cheer"),
    (("reversing beeps", "truck"), "A truck beeps as it backs up"),
    (("run", "rustling leaves"), "Someone walks on dry leaves"),
    (("vehicle horn", "traffic noise"), "Cars pass by and a horn honks"),
    (("frog", "insect"), "Frogs croak as insects buzz"),
    (("burping", "laughter"), "A person burps and then laughs"),
    (("keys jangling", "speech"), "Keys jingle while people talk"),
)
# The other tense of captions; what stands before it decides in which a small language model writes.
PROGRESSIVE = (
    (("male speech", "bird", "wind"), "A man is speaking while birds chirp and wind blows"),
    (("female speech", "child speech"), "A woman is talking and a child answers"),
    (("dog bark", "traffic noise"), "A dog is barking and cars are passing by"),
    (("engine", "idling", "accelerating"), "An engine is idling and then revs up"),
    (("water tap", "dishes", "female speech"), "Water is running and dishes clink while a woman talks"),
    (("cat purr",), "A cat is purring loudly"),
    (("insect", "bird chirp"), "Insects are buzzing and birds are chirping"),
    (("train", "train horn"), "A train is moving on its tracks and blows its horn"),
    (("laughter", "male speech"), "A man is speaking and several people laugh"),
    (("drill", "power tool"), "A power tool is drilling and then stops"),
    (("acoustic guitar", "female singing"), "A woman is singing while a guitar is played"),
    (("duck quack", "water splash"), "Ducks are quacking and water splashes"),
    (("cheering", "shout"), "A crowd is cheering and someone shouts"),
    (("goat", "wind"), "A goat bleats while wind is blowing"),
    (("sewing machine", "tick"), "A sewing machine is running"),
    (("horse hooves", "male speech"), "A horse is trotting and a man is speaking"),
    (("basketball bounce", "squeak"), "A ball is bouncing and shoes squeak on a floor"),
    (("vacuum cleaner", "speech"), "A vacuum cleaner is running while people talk"),
    (("car passing by", "vehicle horn"), "A car is passing by and a horn honks"),
    (("burping", "laughter"), "Someone burps and then laughs"),
    (("footsteps", "slam"), "Someone is walking and a door slams shut"),
    (("fireworks", "cheering"), "Fireworks are going off and people are cheering"),
    (("sheep", "male speech"), "Sheep are bleating and a man is talking"),
    (("frog", "insect"), "Frogs are croaking as insects buzz"),
)
BY_TENSE: dict[Tense, tuple[Example, ...]] = {"simple": EXAMPLES, "progressive": PROGRESSIVE}
# So many of them stand before captions about the sound itself, which more would drown.
BEFORE_MORE = 12


def examples_prompt(
    keywords: Sequence[str], end: str = "", more: Sequence[Example] = (), tense: Tense = "simple"
) -> str:
    """A few lines of keywords and their captions, then a line of these keywords.

    Parameters
    ----------
    keywords : sequence of str
        Without any, no line names keywords.
    end : str
        What captions end with.
    more : sequence of (keywords, caption)
        Stand after the first half of the examples that are the same for all sounds.
    tense : {"simple", "progressive"}
        Of the examples that are the same for all sounds: "a dog barks" or "a dog is barking".

    >>> examples_prompt(["wind", "bell"]).splitlines()[-2:]
    ['Sounds: wind, bell', 'Caption:']
    >>> examples_prompt([], ".").splitlines()[-2:]
    ['Caption: Keys jingle while people talk.', 'Caption:']
    """
    examples = BY_TENSE[tense]
    if not keywords:
        return "".join(f"Caption: {text}{end}\n" for _, text in examples) + "Caption:"
    shown = (*examples[:BEFORE_MORE], *more) if more else examples
    lines = [f"Sounds: {', '.join(some)}\nCaption: {text}{end}\n" for some, text in shown]
    return "\n".join([*lines, f"Sounds: {', '.join(keywords)}\nCaption:"])


def bare_name(name: str) -> str:
    """A name without what stands in brackets.

    >>> bare_name("Ambulance (siren)")
    'Ambulance'
    """
    return re.sub(r"\s*\([^)]*\)", "", name).strip() or name


def bare_names(names: Sequence[str], *, lower: bool) -> list[str]:
    """Names as they stand in a prompt: without what is in brackets, each once.

    >>> bare_names(["Siren", "Siren (far)"], lower=True)
    ['siren']
    """
    return list(dict.fromkeys(bare_name(n.lower() if lower else n) for n in names))


def keyword_sets(names: Sequence[str], count: int, drafts: int) -> list[list[str]]:
    """Which keywords each draft is written from: all, then fewer and fewer, the nearest kept; then others.

    >>> keyword_sets(["rain", "wind", "dog"], 3, 2)
    [['rain', 'wind', 'dog'], ['rain', 'wind']]
    >>> keyword_sets(["rain", "wind", "dog"], 3, 9)[3:]
    [['wind'], ['dog'], ['rain', 'dog'], ['wind', 'dog']]
    """
    names = list(names[:count])
    nested = [names[:n] for n in range(len(names), 0, -1)]
    others = [list(some) for n in range(1, len(names)) for some in combinations(names, n)]
    return [*nested, *(some for some in others if some not in nested)][:drafts] or [[]]
