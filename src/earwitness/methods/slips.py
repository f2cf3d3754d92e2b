"""Slips that a reader sees at once: what is put right, and kinds of sentences that stand behind others.

A decoder that learned from people's captions learned their slips too, and makes some of its own where it runs
out of room. What has one sure correction is put right (``mended``); a sentence with any other slip is said
only where no sound one is there (``slips``).
"""

from __future__ import annotations

import re
from functools import lru_cache

# Verbs of sound that sound like another word, where the word before rules the other word out.
_WAILS = r"(?:sirens?|alarms?|engines?|vehicles?|bab(?:y|ies)|people|person)(?: \w+)?"
_HISSES = r"(?:steam|air|snakes?|gas|pans?|spray)(?: \w+)?"
_MASS = r"(?:music|thunder|laughter|applause|rain|traffic)(?: (?:is|plays|roars|falls|occurs)\b|$)"
MENDED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(slip, re.I), meant)
    for slip, meant in (
        (rf"\b({_WAILS}) whale", r"\1 wail"),
        (rf"\b({_WAILS}) whaling\b", r"\1 wailing"),
        (rf"\b({_HISSES}) kiss(?=es|ing)", r"\1 hiss"),
        (r"\b((?:door|floor|wood|gate)s?) creeks?\b", r"\1 creaks"),
        (r"\b(ducks?(?: \w+)?) quak(?=es?\b|ing\b)", r"\1 quack"),
        (r"\b((?:lea(?:f|ves)|paper)(?: \w+)?) rusting\b", r"\1 rustling"),
        (r"\bscrapping\b", "scraping"),
        (r"\bechos\b", "echoes"),
        # what cannot be counted has no "a"
        (rf"\ban? (?={_MASS})", ""),
    )
)

# No English sentence ends in one of these; "by", "up" and "on" may stand there ("a car passes by").
OPEN = frozenset([
    "a", "an", "the", "of", "and", "or", "as", "with", "is", "are", "was", "while", "to", "into", "from",
    "for", "its", "their", "his", "her", "my", "some", "very", "somewhat", "being", "in", "at", "that",
    "which", "another", "each", "every", "then", "when", "like", "than", "through", "followed",
])  # fmt: skip
# A noun has to follow these after an article: "plays a slow".
ADJECTIVES = frozenset([
    "loud", "quiet", "soft", "slow", "fast", "quick", "high", "low", "deep", "small", "large", "big",
    "little", "long", "short", "heavy", "light", "gentle", "mellow", "cheerful", "sad", "old", "young",
    "male", "female", "electric", "electronic", "metal", "wooden", "plastic", "distant", "bright", "dark",
    "brief", "steady", "constant", "rapid", "sharp", "high-pitched", "low-pitched", "strong", "hard",
    "rhythmic", "mechanical", "musical",
])  # fmt: skip
PLURAL = re.compile(
    r"^(?!(?:an?|one|the|another|someone|something)\b)"
    r"(?:several|some|many|multiple|two|three|various|people|"
    r"(?:[a-z-]+ )?[a-z-]+[^s\W]s (?:are|[a-z-]+[^s\W]))\b"
)
ONE_OF_MANY = re.compile(r"(?<!and )\b(?:an?|one|another) [a-z-]+ (?:are|were|have)\b(?! heard)")
MANY_AS_ONE = re.compile(r"\b(?:people|(?:several|some|many|two|three|multiple) [a-z-]+s) (?:is|was|has)\b")
ONE_THEN_MANY = re.compile(
    r"^(?:an?|one|another) (?:[a-z-]+ ){1,2}[a-z]+s and (?!then\b)[a-z]*[^s\W] (?:their|its|the|an?)\b"
)
# "a cow moos and bleat": the last word is a verb that lacks its ending, if with it it is a word
ONE_THEN_BARE = re.compile(r"^(?:an?|one|another) (?:[a-z-]+ ){1,2}[a-z]+s and ([a-z]*[^s\W])$")
# what is heard is no verb: "a horse hooves as it runs"
NO_VERB = re.compile(
    r"^(?:an?|one|another) (?!few\b|pair\b)[a-z-]+ (?:hooves|footsteps|dishes(?! (?:out|up)\b))\b(?! are)"
)
OF_ITSELF = re.compile(r"\b([a-z]+) of (?:an? |the )?\1\b")
MANY_THEN_ONE = re.compile(r"^(?:several )?[a-z-]+s [a-z]*[^s\W] and [a-z]+s (?:their|its|the|an?)\b")


def mended(text: str) -> str:
    """A sentence with what is surely a slip put right.

    >>> mended("A siren whales"), mended("A whale sings"), mended("A music is played")
    ('A siren wails', 'A whale sings', 'Music is played')
    """
    for slip, meant in MENDED:
        text = slip.sub(meant, text)
    return text[:1].upper() + text[1:]


def slips(text: str) -> tuple[str, ...]:
    """The kinds of slips in a sentence, by name; none for a sound one.

    >>> slips("A sitar plays a slow"), slips("Car engines roar as it passes by")
    (('unfinished',), ('number',))
    >>> slips("An engine roars as it roars"), slips("A whoosh of a whoosh"), slips("A cow moos and bleat")
    (('repeated',), ('repeated',), ('number',))
    >>> slips("A car passes by"), slips("A spiite barks")
    ((), ('unknown word',))
    """
    words = re.findall(r"[a-z']+(?:-[a-z']+)*", text.lower())
    found = {
        "unfinished": _unfinished(words),
        "number": _disagrees(" ".join(words)),
        "repeated": _does_again(words) or bool(OF_ITSELF.search(" ".join(words))),
        "unknown word": any(_unknown(w) for word in words for w in word.split("-")),
    }
    return tuple(kind for kind, yes in found.items() if yes)


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """The words of the captions that the embedded decoder learned from, each there twice at least."""
    from earwitness.encoders.runtime import asset

    return frozenset(asset("words.txt").read_text(encoding="utf-8").split())


def _unknown(word: str) -> bool:
    return word not in known_words() and word.removesuffix("'s") not in known_words()


def _unfinished(words: list[str]) -> bool:
    if not words:
        return True
    after_article = len(words) > 1 and words[-2] in ("a", "an")
    return words[-1] in OPEN or (after_article and words[-1] in ADJECTIVES)


def _disagrees(text: str) -> bool:
    """Whether a subject, its verbs and the pronouns for it differ in number."""
    if any(rule.search(text) for rule in (ONE_OF_MANY, MANY_AS_ONE, ONE_THEN_MANY, MANY_THEN_ONE, NO_VERB)):
        return True
    bare = ONE_THEN_BARE.match(text)
    if bare and not known_words().isdisjoint((f"{bare[1]}s", f"{bare[1]}es")):
        return True
    it = re.search(r"\b(?:it|its)\b", text)
    return bool(it and PLURAL.match(text) and not re.search(r"\b(?:an?|the|one) ", text[: it.start()]))


def _does_again(words: list[str]) -> bool:
    """Whether "it" does what was done before: "an engine idles as it idles"."""
    for i, word in enumerate(words[:-1]):
        if word in ("it", "they") and i and words[i - 1] in ("as", "then", "and", "while", "when"):
            does = words[i + 2] if words[i + 1] in ("is", "are") and i + 2 < len(words) else words[i + 1]
            if _stem(does) in {_stem(w) for w in words[:i]}:
                return True
    return False


def _stem(word: str) -> str:
    base = re.sub(r"(?:ing|es|ed|s|e)$", "", word) if len(word) > 3 else word
    return base[:-1] if len(base) > 3 and base[-1] == base[-2] else base
