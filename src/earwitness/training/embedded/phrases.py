"""What a caption is made of: parts that each name a sound, and people whose voices may not be told apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from earwitness.common.joints import EARLIER, LATER, any_of
from earwitness.methods.style import AGES, parts

ONE, MANY = (
    r"(?:man|woman|male|female|lady|guy|gentleman)",
    r"(?:men|women|males|females|ladies|guys|gentlemen)",
)
VOICE_OF = re.compile(
    rf"\b{AGES}(?:male|female|man's|woman's|men's|women's)\s+(?=(?:voice|speech|sing|vocal|speaker|announcer|choir|chorus))",
    re.I,
)
PRONOUNS = re.compile(r"\b(?:he|she|him|her|his|hers)\b", re.I)
CHILDREN = (
    (re.compile(r"\b(?:boy|girl)\b", re.I), "child"),
    (re.compile(r"\b(?:boys|girls)\b", re.I), "children"),
)
__all__ = ["as_children", "as_someone", "clean", "parts", "phases", "without_gender"]

DETERMINERS = r"(?:(?:an?|the|one|another|some|two|several|many|multiple|few)\s+)*"


def clean(caption: str) -> str:
    """Lower case, single spaces, no final period.

    >>> clean("A dog  barks. ")
    'a dog barks'
    """
    return re.sub(r"\s+([,;])", r"\1", " ".join(caption.lower().split())).strip(" .,;")


def without_gender(caption: str) -> str | None:
    """The caption with "a person" for men and women, or None where that would not read well.

    >>> without_gender("an adult male speaks as a girl laughs")
    'a person speaks as a child laughs'
    >>> without_gender("a man and a woman talk") is None
    True
    """
    if PRONOUNS.search(caption):
        return None
    text = VOICE_OF.sub("", as_children(caption))
    text, ones = re.subn(rf"\b{AGES}{ONE}\b", "person", text, flags=re.I)
    text = re.sub(rf"\b{AGES}{MANY}\b", "people", text, flags=re.I)
    text = re.sub(r"\ban (?=person\b|voice\b|speech\b|sing|vocal|speaker)", "a ", text)
    return text if ones < 2 and "people and people" not in text else None


def as_children(caption: str) -> str:
    """Boys and girls as children: no axis of sound tells them apart."""
    for pattern, word in CHILDREN:
        caption = pattern.sub(word, caption)
    return caption


def as_someone(part: str) -> str:
    """The wording whose embedding lies nearest to the classes of voices.

    >>> as_someone("an adult male is speaking"), as_someone("two women laugh")
    ('someone is speaking', 'people laugh')
    """
    part = re.sub(rf"\b{DETERMINERS}{AGES}{MANY}\b(?:'s)?", "people", part, flags=re.I)
    return re.sub(
        rf"\b{DETERMINERS}{AGES}{ONE}\b(?:\s+(?:person|voice|adult))?(?:'s)?", "someone", part, flags=re.I
    )


NEXT = re.compile(rf"\b(?:{any_of(LATER)})\b", re.I)
BEFORE = re.compile(rf"\b(?:{any_of(EARLIER)})\b", re.I)


def phases(caption: str, cut: Sequence[str]) -> list[int]:
    """When each part of a caption is heard: 0 for what comes first; what is heard together shares a number.

    Only words that say order count: "then", "followed by", "before", "after". Everything else, "and" too,
    leaves open whether the sounds overlap.

    Parameters
    ----------
    caption : str
    cut : sequence of str
        Its ``parts``.

    Examples
    --------
    >>> caption = "a man speaks while birds chirp followed by a splash"
    >>> phases(caption, parts(caption))
    [0, 0, 1]
    >>> caption = "a dog barks after a door closes"
    >>> phases(caption, parts(caption))
    [1, 0]
    """
    out: list[int] = []
    at = end = now = 0
    for part in cut:
        first = part.split(" and ")[0]
        at = caption.find(first, end)
        between = caption[end:at] if at >= 0 else ""
        if out and NEXT.search(between):
            now += 1
        elif out and BEFORE.search(between):
            now -= 1
        out.append(now)
        end = (at if at >= 0 else end) + len(first)
    least = min(out, default=0)
    return [n - least for n in out]
