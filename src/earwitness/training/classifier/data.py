"""Sentences with labels, audible or not, out of two lists or a table; and their division in three."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.classifier.embedded import plain
from earwitness.common.counting import counted
from earwitness.common.errors import OptionError, TableError
from earwitness.datasets.files import read_text
from earwitness.datasets.rows import Row, read_rows

Indices = npt.NDArray[np.intp]

TABLES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
TEXTS = ("text", "sentence", "caption")
LABELS = ("audible", "label", "class")
YES = ("1", "1.0", "true", "yes", "audible")
NO = ("0", "0.0", "false", "no", "not audible", "not_audible", "notaudible", "non-audible", "inaudible")
SHARES = (0.7, 0.15)  # learned from, validated on; the rest is measured on (the paper's division)
FEWEST = 20


@dataclass(frozen=True)
class Sentences:
    """Sentences in their order, each once, and what was left out on the way."""

    texts: tuple[str, ...]
    audible: npt.NDArray[np.bool_]
    repeated: int = 0
    # sentences that were there with both labels: none of them is kept
    contradictory: int = 0


def read_sentences(paths: Sequence[Path]) -> Sentences:
    """Read sentences to learn from.

    Parameters
    ----------
    paths : sequence of Path
        Two lists, a sentence a line, the audible ones first; or one table (csv, tsv, json, jsonl) with a
        column text, sentence or caption and a column audible, label or class: 1, true, yes or audible
        against 0, false, no or not audible.

    Raises
    ------
    OptionError
        There are not one or two files.
    TableError
        A file cannot be read, lacks a column, or a label means neither; or a label has too few sentences.
    """
    tables = [path for path in paths if path.suffix.lower() in TABLES]
    if len(paths) == 2 and not tables:
        pairs = [
            (line, label) for path, label in zip(paths, (True, False), strict=True) for line in _lines(path)
        ]
    elif len(paths) == 1 and tables:
        pairs = [_pair(row) for row in read_rows(paths[0])]
    else:
        raise OptionError(
            "audibility is learned from two lists of sentences (the audible ones first), or from one table "
            f"({', '.join(TABLES)}), not from {counted(len(paths), 'file')}, {counted(len(tables), 'table')} "
            "among them."
        )
    return _once(pairs, " and ".join(path.name for path in paths))


def divide(count: int, seed: int) -> tuple[Indices, Indices, Indices]:
    """Learned from, validated on, measured on: 70, 15 and 15 of a hundred, drawn by the seed.

    >>> [len(part) for part in divide(100, 0)]
    [70, 15, 15]
    """
    order = np.random.default_rng(seed).permutation(count)
    first, second = (round(sum(SHARES[:k]) * count) for k in (1, 2))
    return order[:first], order[first:second], order[second:]


def _lines(path: Path) -> Iterator[str]:
    return (" ".join(line.split()) for line in read_text(path).splitlines() if line.strip())


def _pair(row: Row) -> tuple[str, bool]:
    text, label = (_cell(row, columns) for columns in (TEXTS, LABELS))
    said = str(label).strip().lower()
    if said not in YES + NO:
        raise TableError(f"{row.where}: the label is 1 or audible, 0 or not audible; not {label!r}.")
    return " ".join(str(text).split()), said in YES


def _cell(row: Row, columns: Iterable[str]) -> Any:
    for column in columns:
        if row.cells.get(column) not in (None, ""):
            return row.cells[column]
    raise TableError(
        f"{row.where}: no column {' or '.join(columns)} has a value; "
        f"there are {', '.join(row.cells) or 'none'}."
    )


def _once(pairs: list[tuple[str, bool]], where: str) -> Sentences:
    """Each sentence once, whatever its capitals and full stop; none that has both labels."""
    labels: dict[str, set[bool]] = {}
    first: dict[str, str] = {}
    for text, label in pairs:
        labels.setdefault(plain(text).lower(), set()).add(label)
        first.setdefault(plain(text).lower(), text)
    kept = [key for key in first if key and len(labels[key]) == 1]
    audible = np.array([True in labels[key] for key in kept], bool)
    for count, what in ((int(audible.sum()), "audible"), (int((~audible).sum()), "not audible")):
        if count < FEWEST:
            said = counted(count, "sentence is", "sentences are")
            raise TableError(f"{where}: {said} {what}; {FEWEST} are the fewest to learn from.")
    both = sum(len(found) == 2 for found in labels.values())
    return Sentences(tuple(first[key] for key in kept), audible, len(pairs) - len(first), both)
