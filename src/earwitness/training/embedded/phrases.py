"""What a caption is made of: parts that each name a sound, and people whose voices may not be told apart."""

from __future__ import annotations

import re

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
__all__ = ["as_children", "as_someone", "clean", "parts", "without_gender"]

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
