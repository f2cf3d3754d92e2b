"""Events out of an archive, with all that is told of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from earwitness.archive.finding.words import WordMatch, expression
from earwitness.archive.results import Event, Hit
from earwitness.archive.store.packing import unpack_keywords
from earwitness.common.caption import Keyword

AT_ONCE = 500
OPEN, CLOSE = "\x02", "\x03"  # around what the full-text index found in a caption
SHOWN_LEAST = 0.02  # of a keyword's score

# where each field of an event stands
COLUMNS = {
    "event": "e.id",
    "path": "f.path",
    "start": "e.start",
    "end": 'e."end"',
    "text": "t.text",
    "confidence": "e.confidence",
    "keywords": "e.keywords",
    "notes": "e.notes",
    "match": "e.score",
    "text_id": "e.text",
}
EVENT = (
    f"SELECT {', '.join(COLUMNS.values())} "
    "FROM events e JOIN files f ON f.id = e.file JOIN texts t ON t.id = e.text"
)


@dataclass(frozen=True)
class Stored(Event):
    """An event with its caption's score when it was indexed, and the caption's id."""

    match: float
    text_id: int


def read_names(connection: sqlite3.Connection) -> dict[int, str]:
    """All keywords by their ids; there are some hundreds."""
    return dict(connection.execute("SELECT id, name FROM keywords"))


def as_event(row: Sequence[Any], names: dict[int, str]) -> Stored:
    """A row of ``EVENT``."""
    values = dict(zip(COLUMNS, row, strict=True))
    values["path"] = os.fsdecode(values["path"])
    values["keywords"] = tuple(Keyword(names[i], s) for i, s in unpack_keywords(values["keywords"]))
    values["notes"] = tuple(str(values["notes"]).split("\n")) if values["notes"] else ()
    return Stored(**values)


def read_events(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Stored]:
    """Events by their ids."""
    names, out = read_names(connection), {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        ask = f"{EVENT} WHERE e.id IN ({','.join('?' * len(some))})"
        out.update({row[0]: as_event(row, names) for row in connection.execute(ask, some)})
    return out


def all_events(connection: sqlite3.Connection, *, missing: bool = False) -> Iterator[Stored]:
    """Every event, file by file in the order of paths, and in each in order of time."""
    names = read_names(connection)
    where = "" if missing else " WHERE f.missing IS NULL"
    for row in connection.execute(f"{EVENT}{where} ORDER BY f.path, e.start, e.id"):
        yield as_event(row, names)


def read_hits(
    connection: sqlite3.Connection, found: Sequence[tuple[int, float, float]], words: WordMatch | None
) -> list[Hit]:
    """Hits of (event, score, relevance), in their order."""
    events = read_events(connection, [event for event, _, _ in found])
    said = _found_words(connection, [events[e].text_id for e, _, _ in found], words)
    return [as_hit(events[e], score, relevance, said) for e, score, relevance in found]


def as_hit(event: Stored, score: float, relevance: float, said: dict[int, list[str]] | None) -> Hit:
    """An event as something found; ``said`` are the query's words that each caption has."""
    why = []
    if said is not None:
        why = [f"sounds like it {score:.2f}"]
        found = said.get(event.text_id)
        why += [f"says {', '.join(found)}"] if found else []
    heard = [f"{k.text} {k.score:.2f}" for k in event.keywords[:2] if k.score >= SHOWN_LEAST]
    why += [f"heard {', '.join(heard)}"] if heard else []
    same = {field.name: getattr(event, field.name) for field in fields(Event)}
    return Hit(**same, score=score, relevance=relevance, why=tuple(why))


def _found_words(
    connection: sqlite3.Connection, texts: Sequence[int], words: WordMatch | None
) -> dict[int, list[str]]:
    """The words of each caption in which the full-text index found the query's."""
    if words is None or not words.words or not texts:
        return {}
    some = sorted(set(texts))[:AT_ONCE]
    ask = (
        f"SELECT rowid, highlight(words, 0, '{OPEN}', '{CLOSE}') FROM words WHERE words MATCH ? "
        f"AND rowid IN ({','.join('?' * len(some))})"
    )
    rows = connection.execute(ask, [expression(list(words.words)), *some])
    return {row: [p.split(CLOSE)[0].lower() for p in text.split(OPEN)[1:]] for row, text in rows}
