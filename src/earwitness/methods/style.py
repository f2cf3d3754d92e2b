"""How a caption looks: sentence case, no stray spaces, and whether it says the same thing twice."""

from __future__ import annotations

import re

# Words that join the parts of a caption; between two of them stands one sound.
JOINTS = re.compile(
    r"\s*(?:[,;]|\b(?:and|as|while|with|then|followed by|before|after|over|in the background|in the distance)\b)\s*",
    re.I,
)
ARTICLES = re.compile(r"^(?:a|an|the|some|another|more|is|are)\s+", re.I)


def as_sentence(text: str) -> str:
    """Sentence case and single spaces, no final period: captions are phrases as often as sentences.

    >>> as_sentence("  a dog barks  twice. ")
    'A dog barks twice'
    """
    text = re.sub(r"\s+([,.;])", r"\1", " ".join(text.split())).rstrip(" .,;")
    return text[:1].upper() + text[1:]


def repeats_itself(text: str) -> bool:
    """Whether two parts of a caption say the same, or a word follows itself.

    >>> repeats_itself("A dog barks and a dog barks"), repeats_itself("A dog barks and a man speaks")
    (True, False)
    >>> repeats_itself("Water splashes and splashes")
    True
    """
    words = re.findall(r"[a-z']+", text.lower())
    if any(a == b for a, b in zip(words, words[1:], strict=False)):
        return True
    parts = [ARTICLES.sub("", p.lower()) for p in JOINTS.split(text) if p.strip()]
    return any(_within(a, b) for i, a in enumerate(parts) for j, b in enumerate(parts) if i != j)


def _within(a: str, b: str) -> bool:
    """Whether every word of ``a`` but its inflections is in ``b``: "splashes" is within "water splashes"."""
    stems = {_stem(w) for w in b.split()}
    return bool(a.split()) and all(_stem(w) in stems for w in a.split())


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|es|ed|s|e)$", "", word) if len(word) > 4 else word
