"""A few captions that a language model reads before it writes one of its own, with keywords or without."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

Example = tuple[tuple[str, ...], str]

# Written for this purpose: what a caption sounds like, whatever is in it.
EXAMPLES = (
    (("meow", "purr", "cat"), "A cat meows several times"),
    (("violin", "musical instrument", "silence"), "Someone is playing a violin"),
    (("train horn", "train", "rail transport"), "A train blows its horn as it passes by"),
    (("male speech", "speech", "inside"), "A man is talking in a room"),
    (("water tap", "sink", "bicycle"), "Water runs into a sink while dishes clink"),
    (("whir", "power tool", "drill"), "A drill whirs and then stops"),
    (("vroom", "car", "accelerating"), "A car drives past at high speed"),
    (("female singing", "choir", "music"), "A woman is singing while music plays"),
    (("quack", "duck", "outside"), "Ducks are quacking"),
    (("slam", "door", "wood"), "Someone slams a wooden door"),
)


def examples_prompt(keywords: Sequence[str], end: str = "", more: Sequence[Example] = ()) -> str:
    """A few lines of keywords and their captions, then a line of these keywords.

    Parameters
    ----------
    keywords : sequence of str
        Without any, no line names keywords.
    end : str
        What captions end with.
    more : sequence of (keywords, caption)
        Stand after the examples that are the same for all sounds.

    >>> examples_prompt(["wind", "bell"]).splitlines()[-2:]
    ['Sounds: wind, bell', 'Caption:']
    >>> examples_prompt([], ".").splitlines()[-2:]
    ['Caption: Someone slams a wooden door.', 'Caption:']
    """
    if not keywords:
        return "".join(f"Caption: {text}{end}\n" for _, text in EXAMPLES) + "Caption:"
    shown = (*EXAMPLES, *more)
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
