"""The words of a query in captions and in the names of sounds that were heard."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.archive.store.blocks import KEYWORDS, Block, Tail
from earwitness.archive.store.packing import FULL
from earwitness.common.arrays import Floats

# Words that say nothing of a sound; each would be looked up in half of all captions.
EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on at to by for from with and or as is are was were be been being it its this that "
        "these those there then while some something someone somebody sound sounds",
    )
)


def content_words(text: str) -> list[str]:
    """The words of a query that are looked up; all of them where none says anything.

    >>> content_words("The sound of a dog, far away"), content_words("the")
    (['dog', 'far', 'away'], ['the'])
    """
    words = list(dict.fromkeys(re.findall(r"\w+", text.lower())))
    return [w for w in words if w not in EMPTY_WORDS] or words


def expression(words: list[str]) -> str:
    """Any of some words, in the full-text index's language; quoted, so that none of them is an operator."""
    return " OR ".join(f'"{w}"' for w in words)


@dataclass(frozen=True)
class WordMatch:
    """How well each caption and each keyword of an archive matches a query, by their ids: 0 to 1.

    ``texts`` and ``names`` are BM25 divided by that of the best caption and the best name: the full-text
    index's own measure has no scale.
    """

    words: tuple[str, ...]
    texts: Floats
    names: Floats

    @classmethod
    def find(cls, connection: sqlite3.Connection, query: str) -> WordMatch:
        """Look a query's words up."""
        words = content_words(query)
        return cls(
            tuple(words),
            _ranked(connection, "words", "texts", words),
            _ranked(connection, "names", "keywords", words),
        )

    @property
    def found(self) -> bool:
        """Whether any caption or keyword has any of the words."""
        return bool(self.texts.any() or self.names.any())

    def score(self, part: Block | Tail) -> Floats:
        """The mean of how well an event's caption and its best keyword match: (count,)."""
        return 0.5 * (self.in_text(part) + self.in_keywords(part))

    def in_text(self, part: Block | Tail) -> Floats:
        """How well each event's caption matches: (count,)."""
        return np.asarray(self.texts[part.fact("text")], np.float32)

    def in_keywords(self, part: Block | Tail, least: float = 0.0) -> Floats:
        """How well each event's best keyword matches, by the root of how surely it was heard: (count,)."""
        best = np.zeros(part.count, np.float32)
        if not self.names.any():
            return best
        for i in range(KEYWORDS):
            match = self.names[part.fact(f"keyword{i}")]
            if match.any():
                strength = part.fact(f"strength{i}").astype(np.float32) / FULL
                np.maximum(best, match * np.sqrt(strength) * (strength >= least), out=best)
        return best


def _ranked(connection: sqlite3.Connection, index: str, table: str, words: list[str]) -> Floats:
    size = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]
    scores = np.zeros(size, np.float32)
    if words:
        rows = connection.execute(
            f"SELECT rowid, -bm25({index}) FROM {index} WHERE {index} MATCH ?", (expression(words),)
        ).fetchall()
        if rows:
            ids, values = np.array(rows, np.float64).T
            scores[ids.astype(np.int64)] = np.maximum(values, 1e-6)  # a word in most captions counts a little
            scores /= scores.max()
    return scores


NAMED_LEAST = 0.1  # of a keyword's score, to count as heard


@dataclass(frozen=True)
class Named:
    """Which captions and which keywords name all words of a text, by their ids."""

    texts: npt.NDArray[np.bool_]
    match: WordMatch

    def names_event(self, part: Block | Tail) -> npt.NDArray[np.bool_]:
        """Whether each event's caption or one of its keywords does: (count,)."""
        return np.asarray(self.texts[part.fact("text")] | (self.match.in_keywords(part, NAMED_LEAST) > 0))


def named(connection: sqlite3.Connection, text: str) -> Named:
    """Look up which captions and keywords name all that a text does."""
    words = content_words(text)
    if not words:  # marks alone name nothing
        return Named(_ranked(connection, "words", "texts", []) > 0, WordMatch.find(connection, text))
    every = [_ranked(connection, "words", "texts", [w]) > 0 for w in words]
    names = [_ranked(connection, "names", "keywords", [w]) > 0 for w in words]
    both = np.logical_and.reduce(names).astype(np.float32)
    return Named(np.logical_and.reduce(every), WordMatch(tuple(words), np.zeros(0, np.float32), both))
