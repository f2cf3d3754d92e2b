"""Whether a page shows what a command says: words as they are, numbers loosely, ``…`` for whatever is left out."""

from __future__ import annotations

import re

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")
NEAR = 0.12  # of a number below one; of larger ones the share


def differences(shown: str, said: str) -> list[str]:
    """The shown lines that nothing said is like, in order; empty where the page is right.

    >>> differences("a.wav  0.93  Bells ring", "a.wav  0.91  Bells ring")
    []
    >>> differences("Bells ring\\n…", "Bells toll")
    ['Bells ring']
    >>> differences("…\\nat 12 s", "one\\nat 30 s")
    ['at 12 s']
    """
    left = [line.rstrip() for line in said.splitlines() if line.strip()]
    wrong, place, skipping = [], 0, False
    for line in (line.rstrip() for line in shown.splitlines() if line.strip()):
        if line.strip() in ("…", "..."):
            skipping = True
            continue
        reach = range(place, len(left)) if skipping else range(place, min(place + 1, len(left)))
        found = next((i for i in reach if alike(line, left[i])), None)
        if found is None:
            wrong.append(line)
        else:
            place = found + 1
        skipping = False
    return wrong


def alike(shown: str, said: str) -> bool:
    """Two lines of the same words, whose numbers are near each other; ``…`` stands for any words.

    >>> alike("0.50  … rings", "0.44  A church bell rings"), alike("3 files", "4 files")
    (True, False)
    """
    pattern = r"\s+".join(map(_pattern, shown.split()))
    pattern = pattern.replace(r"\s+.*\s+", r"\s+(?:.*\s+)?")
    found = re.fullmatch(pattern, said.strip())
    if found is None:
        return False
    numbers = [float(n) for n in NUMBER.findall(shown)]
    return all(_near(a, float(b)) for a, b in zip(numbers, found.groups(), strict=True))


def _pattern(word: str) -> str:
    parts, place = [], 0
    for number in NUMBER.finditer(word):
        parts += [_literal(word[place : number.start()]), r"(\d+(?:\.\d+)?)"]
        place = number.end()
    return "".join([*parts, _literal(word[place:])])


def _literal(text: str) -> str:
    return re.escape(text).replace("…", ".*")


def _near(shown: float, said: float) -> bool:
    if shown == int(shown) and said == int(said) and shown > 1:
        return shown == said
    return abs(shown - said) <= NEAR * max(1.0, abs(shown))
