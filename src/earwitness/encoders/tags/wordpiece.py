"""BERT's tokenizer for uncased text: words and marks, then the longest pieces that are in the vocabulary.

Equal, token for token, to what the ``tokenizers`` library makes of the same ``tokenizer.json``
(tests/encoders/tags/test_wordpiece.py), without that library and the dozen packages that it brings along.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from earwitness.common.errors import AssetError

LONGEST = 100  # characters a word; longer ones are unknown
# What is a word of its own without spaces around it: blocks of Chinese characters.
HAN = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
ASCII_WORDS = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
ASCII_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class WordPiece:
    """Sentences to tokens.

    Parameters
    ----------
    path : Path
        A ``tokenizer.json`` of BERT's kind: lower case, accents taken off, [CLS] before and [SEP] behind.
    most : int
        Tokens a sentence, those two counted; what is longer is cut.

    Raises
    ------
    AssetError
        It is no such file.

    Examples
    --------
    >>> from earwitness.encoders.runtime import asset
    >>> WordPiece(asset("minilm-tokenizer.json"), 128).ids("A dog barks.")
    [101, 1037, 3899, 11286, 2015, 1012, 102]
    """

    def __init__(self, path: Path, most: int) -> None:
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            self._vocabulary: dict[str, int] = row["model"]["vocab"]
            self._added = {a["content"]: int(a["id"]) for a in row["added_tokens"]}
            self._first, self._last = self._added["[CLS]"], self._added["[SEP]"]
            self._unknown = self._vocabulary["[UNK]"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AssetError(f"{path} is no tokenizer of BERT's kind ({error!r}).") from error
        self.most = most
        # a mark that is written out is the mark
        self._marks = re.compile("(" + "|".join(map(re.escape, self._added)) + ")")
        self._pieces = lru_cache(maxsize=16384)(self._cut)

    def ids(self, text: str) -> list[int]:
        """Token numbers of a sentence, at most ``most``."""
        found: list[int] = []
        for part in self._marks.split(text) if "[" in text else (text,):
            if part in self._added:
                found.append(self._added[part])
                continue
            for word in words(part):
                found += self._pieces(word)
        return [self._first, *found[: self.most - 2], self._last]

    def _cut(self, word: str) -> tuple[int, ...]:
        """The pieces of a word, the longest first; one unknown for all of it where they do not cover it."""
        if len(word) > LONGEST:
            return (self._unknown,)
        pieces: list[int] = []
        start, size = 0, len(word)
        while start < size:
            for end in range(size, start, -1):
                piece = self._vocabulary.get(("##" if start else "") + word[start:end])
                if piece is not None:
                    break
            else:
                return (self._unknown,)
            pieces.append(piece)
            start = end
        return tuple(pieces)


def words(text: str) -> list[str]:
    """Lower-case words without accents, every mark and every Chinese character a word of its own.

    >>> words("Déjà-vu,  東京!")
    ['deja', '-', 'vu', ',', '東', '京', '!']
    """
    if text.isascii():
        return ASCII_WORDS.findall(ASCII_CONTROLS.sub("", text).lower())
    found: list[str] = []
    for word in _normalised(text).split(" "):
        start = 0
        for place, character in enumerate(word):
            if _is_mark(character):
                found += [word[start:place], character]
                start = place + 1
        found.append(word[start:])
    return [word for word in found if word]


def _normalised(text: str) -> str:
    """Clean, in lower case, without accents; all that separates words is a space."""
    kept = []
    for character in text:
        if character in "\0\ufffd" or _is_control(character):
            continue
        if character.isspace():
            kept.append(" ")
        elif any(a <= ord(character) <= z for a, z in HAN):
            kept += [" ", character, " "]
        else:
            kept.append(character)
    plain = unicodedata.normalize("NFD", "".join(kept))
    # letter by letter: a final sigma is not looked for
    return "".join(c.lower() for c in plain if unicodedata.category(c) != "Mn")


@lru_cache(maxsize=4096)
def _is_control(character: str) -> bool:
    # what Unicode has not assigned yet is kept, as the library keeps it
    return character not in "\t\n\r" and unicodedata.category(character) in ("Cc", "Cf", "Co")


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character)[0] == "P"
