"""A few captions that a language model reads before it writes one of its own, with keywords or without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

Example = tuple[tuple[str, ...], str]

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
# So many of them stand before captions about the sound itself, which more would drown.
BEFORE_MORE = 12


def examples_prompt(keywords: Sequence[str], end: str = "", more: Sequence[Example] = ()) -> str:
    """A few lines of keywords and their captions, then a line of these keywords.

    Parameters
    ----------
    keywords : sequence of str
        Without any, no line names keywords.
    end : str
        What captions end with.
    more : sequence of (keywords, caption)
        Stand after the first half of the examples that are the same for all sounds.

    >>> examples_prompt(["wind", "bell"]).splitlines()[-2:]
    ['Sounds: wind, bell', 'Caption:']
    >>> examples_prompt([], ".").splitlines()[-2:]
    ['Caption: Keys jingle while people talk.', 'Caption:']
    """
    if not keywords:
        return "".join(f"Caption: {text}{end}\n" for _, text in EXAMPLES) + "Caption:"
    shown = (*EXAMPLES[:BEFORE_MORE], *more) if more else EXAMPLES
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
