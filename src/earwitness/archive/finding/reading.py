"""Events out of an archive, with all that is told of them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from earwitness.archive.finding.words import WordMatch, expression
from earwitness.archive.results import Hit
from earwitness.archive.store.packing import unpack_keywords
from earwitness.common.caption import Keyword

AT_ONCE = 500
OPEN, CLOSE = "\x02", "\x03"  # around what the full-text index found in a caption
SHOWN_LEAST = 0.02  # of a keyword's score

EVENT = (
    'SELECT e.id, f.path, e.start, e."end", t.text, e.confidence, e.keywords, e.notes, e.score, e.text '
    "FROM events e JOIN files f ON f.id = e.file JOIN texts t ON t.id = e.text"
)


@dataclass(frozen=True)
class Event:
    """A stretch of sound as the archive has it; ``match`` is its caption's score when it was indexed."""

    id: int
    path: str
    start: float
    end: float
    text: str
    confidence: float
    keywords: tuple[Keyword, ...]
    notes: tuple[str, ...]
    match: float
    text_id: int


def read_names(connection: sqlite3.Connection) -> dict[int, str]:
    """All keywords by their ids; there are some hundreds."""
    return dict(connection.execute("SELECT id, name FROM keywords"))


def as_event(row: Sequence[object], names: dict[int, str]) -> Event:
    """A row of ``EVENT``."""
    event, path, start, end, text, confidence, keywords, notes, match, text_id = row
    assert isinstance(path, bytes) and isinstance(keywords, bytes)
    heard = tuple(Keyword(names[i], s) for i, s in unpack_keywords(keywords))
    lines = tuple(str(notes).split("\n")) if notes else ()
    return Event(
        event, os.fsdecode(path), start, end, text, confidence, heard, lines, match, text_id  # type: ignore[arg-type]
    )  # fmt: skip


def read_events(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Event]:
    """Events by their ids."""
    names, out = read_names(connection), {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        ask = f"{EVENT} WHERE e.id IN ({','.join('?' * len(some))})"
        out.update({row[0]: as_event(row, names) for row in connection.execute(ask, some)})
    return out


def all_events(connection: sqlite3.Connection, *, missing: bool = False) -> Iterator[Event]:
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


def as_hit(event: Event, score: float, relevance: float, said: dict[int, list[str]] | None) -> Hit:
    """An event as something found; ``said`` are the query's words that each caption has."""
    why = []
    if said is not None:
        why = [f"sounds like it {score:.2f}"]
        found = said.get(event.text_id)
        why += [f"says {', '.join(found)}"] if found else []
    heard = [f"{k.text} {k.score:.2f}" for k in event.keywords[:2] if k.score >= SHOWN_LEAST]
    why += [f"heard {', '.join(heard)}"] if heard else []
    return Hit(
        event.path,
        event.start,
        event.end,
        event.text,
        event.confidence,
        event.keywords,
        event.notes,
        score,
        relevance,
        tuple(why),
        event.id,
    )


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
