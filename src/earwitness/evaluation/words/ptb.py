"""Penn Treebank tokenisation as the COCO caption tools do it: lowercase words, punctuation dropped.

Every published caption score passes through Stanford's ``PTBTokenizer`` first, a Java program. This module
gives the same words in plain Python. Most captions are plain words, each looked up once (``_plain``); a
caption with anything else in it goes through the full lexer in ``lexer.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from earwitness.evaluation.words.abbreviations import ALWAYS, BEFORE_NUMBERS
from earwitness.evaluation.words.lexer import CONTRACTIONS, tokens

PUNCTUATION = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)
"""The tokens the COCO tools drop. Brackets arrive in lowercase there (``-lrb-``) and so are never dropped;
a score comparable with published ones has to keep that."""

_ENDINGS = ",;:?!."
_ABBREVIATIONS = ALWAYS | BEFORE_NUMBERS


def tokenise(text: str) -> str:
    """The words of a caption, lowercase, joined by single spaces, without punctuation.

    Line breaks count as spaces. A token may hold a no-break space (``1 1/2`` is one number), which
    ``str.split()`` splits and ``str.split(" ")`` does not: BLEU and CIDEr do the first, ROUGE-L the second.

    >>> tokenise("A dog's bark; the door isn't shut (yet).")
    "a dog 's bark the door is n't shut -lrb- yet -rrb-"
    """
    words: list[str] = []
    for chunk in text.split(" "):
        plain = _plain(chunk)
        if plain is None:
            return " ".join(token for token in tokens(text) if token not in PUNCTUATION)
        if plain:
            words.append(plain)
    return " ".join(words)


def tokenise_all(texts: Iterable[str]) -> list[str]:
    """``tokenise`` for each text.

    >>> tokenise_all(["Rain falls.", "Wind!"])
    ['rain falls', 'wind']
    """
    return [tokenise(text) for text in texts]


@lru_cache(maxsize=65536)
def _plain(chunk: str) -> str | None:
    """The tokens of a chunk between spaces if they cannot depend on its neighbours, else ``None``.

    Plain is: ASCII letters joined by single hyphens, then perhaps ``'s``, then perhaps one mark of
    punctuation. Excluded are words that the lexer splits and, before a full stop, abbreviations.
    """
    if not chunk:
        return ""
    word, mark = (chunk[:-1], chunk[-1]) if chunk[-1] in _ENDINGS else (chunk, "")
    stem, owned = (word[:-2], " 's") if word.endswith("'s") else (word, "")
    parts = stem.split("-")
    if not all(part.isascii() and part.isalpha() for part in parts):
        return None
    low = stem.lower()
    if low in CONTRACTIONS or (mark == "." and (len(stem) == 1 or low in _ABBREVIATIONS)):
        return None
    return low + owned
