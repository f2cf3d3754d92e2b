"""Captions about what a sound's keywords name, to be read before one about the sound: found by text alone.

A small language model knows little of what is said of a sound; five captions of each of AudioSet's classes
tell it (data/class-captions, written for earwitness). No recording is asked, only names.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache

from earwitness.methods.prompting.examples import Example, bare_names
from earwitness.methods.style import as_sentence, parts


@lru_cache(maxsize=1)
def class_examples() -> dict[str, tuple[Example, ...]]:
    """The captions of each class with their keywords, by every name of the class in lower case.

    >>> [text for _, text in class_examples()["bark"]][:1]
    ['A dog barks repeatedly']
    """
    from earwitness.encoders.runtime import asset

    found: dict[str, list[Example]] = {}
    with asset("examples.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            keywords = tuple(bare_names(row["keywords"].split("; "), lower=True))
            for name in row["class"].split(","):
                key = name.strip().lower()
                found.setdefault(key, []).append((keywords, as_sentence(row["caption"])))
    return {name: tuple(some) for name, some in found.items()}


def near_examples(names: Sequence[str], each: int) -> list[Example]:
    """Captions for each of a sound's keywords, the nearest keyword's last.

    Of a class' captions those come first that tell of one sound, lest another is said because it was read,
    and of these those that share most keywords with the sound. A name that is no class' has none.

    >>> near_examples(["Bark", "Rain"], 1)[-1][1]
    'A dog barks repeatedly'
    """
    known = set(bare_names(names, lower=True))
    chosen: list[Example] = []
    for name in names:
        some = class_examples().get(name.lower(), ())
        best = sorted(some, key=lambda e: (len(parts(e[1])), -len(known & set(e[0]))))
        chosen += [e for e in best if e not in chosen][:each]
    return chosen[::-1]
