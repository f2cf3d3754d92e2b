"""The embeddings turned about: an axis a column, so that a search reads only the axes that it asks for.

A sentence lies on few of the encoder's axes ("rain" on one of 523), and the match of a sound and a sentence
is a sum over axes. So every 8000 events are a block: for each axis one column of 8000 signed bytes and a
scale, and beside them columns of what filters and words need. A search sums up the axes that carry its
query, over all events, and weighs the best of them again by their whole embeddings: what is rounded or left
out here decides who is weighed, never how. Nothing is kept in memory between searches, so that a first
search is as quick as a second.

What a run leaves over makes a smaller block at its end, which the next run takes up again; events that came
after the last block, while a run is at work, are read from their rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from earwitness.archive.store.packing import keyword_columns, unpack_vectors
from earwitness.common.arrays import Floats

Axes = npt.NDArray[np.intp]

# Two columns of 8000 bytes, with what SQLite puts before them, fill a page of 16384.
BLOCK = 8000
AXES = 65536  # room for a block's columns: its axes, and from the end the facts below
KEYWORDS = 5  # an event's strongest that words are sought in

FACTS = {
    "event": "<i8",
    "file": "<i4",
    "text": "<i4",
    "seconds": "<f4",
    "confidence": "<f4",
    **{f"{what}{i}": "<u2" for i in range(KEYWORDS) for what in ("keyword", "strength")},
}
_PLACE = {name: AXES - 1 - i for i, name in enumerate(FACTS)}
_ROWS = 'SELECT id, file, text, "end" - start, confidence, keywords FROM events WHERE id > ? ORDER BY id'


@dataclass(frozen=True)
class Block:
    """A sealed block of events."""

    connection: sqlite3.Connection
    number: int
    count: int

    def fact(self, name: str) -> npt.NDArray[np.generic]:
        """One of ``FACTS`` of every event: (count,)."""
        row = self.connection.execute(
            "SELECT data FROM columns WHERE id = ?", (self.number * AXES + _PLACE[name],)
        ).fetchone()
        return np.frombuffer(row[0], FACTS[name])

    def match(self, axes: Axes, query: Floats) -> Floats:
        """The sum of some axes times the query's values there: (count,)."""
        base = self.number * AXES
        ask = "SELECT scale, data FROM columns WHERE id = ?"
        rows = [self.connection.execute(ask, (base + axis,)).fetchone() for axis in axes.tolist()]
        here = [i for i, row in enumerate(rows) if row is not None]  # an axis of zeros has no column
        if not here:
            return np.zeros(self.count, np.float32)
        data = np.frombuffer(b"".join(rows[i][1] for i in here), np.int8).reshape(len(here), self.count)
        weights = query[here] * np.array([rows[i][0] for i in here], np.float32)
        return np.asarray(weights @ data.astype(np.float32), np.float32)


class Tail:
    """The events that are in no block yet."""

    def __init__(self, connection: sqlite3.Connection, after: int, dim: int) -> None:
        self.connection, self.after, self.dim = connection, after, dim

    @property
    def count(self) -> int:
        """Events."""
        return len(self._rows)

    def fact(self, name: str) -> npt.NDArray[np.generic]:
        """One of ``FACTS`` of every event: (count,)."""
        return self._facts[name]

    def match(self, axes: Axes, query: Floats) -> Floats:
        """The sum of some axes times the query's values there: (count,)."""
        return np.asarray(self._vectors[:, axes] @ query, np.float32)

    @cached_property
    def _rows(self) -> list[tuple[int, int, int, float, float, bytes]]:
        return self.connection.execute(_ROWS, (self.after,)).fetchall()

    @cached_property
    def _facts(self) -> dict[str, npt.NDArray[np.generic]]:
        return _facts(self._rows)

    @cached_property
    def _vectors(self) -> Floats:
        ask = "SELECT vector FROM events WHERE id > ? ORDER BY id"
        return unpack_vectors([r[0] for r in self.connection.execute(ask, (self.after,))], self.dim)


def parts(connection: sqlite3.Connection, dim: int) -> Iterator[Block | Tail]:
    """All events, block by block, then those that are in none."""
    blocks = connection.execute("SELECT id, count, last FROM blocks ORDER BY id").fetchall()
    for number, count, _ in blocks:
        yield Block(connection, number, count)
    tail = Tail(connection, blocks[-1][2] if blocks else 0, dim)
    if tail.count:
        yield tail


def seal(connection: sqlite3.Connection, least: int = BLOCK) -> None:
    """Turn events that are in no block into blocks, as long as there are ``least``.

    A last block that is not whole takes them in: it is made anew with them.
    """
    while True:
        number, last, short = _end(connection)
        found = f"SELECT count(*) FROM (SELECT 1 FROM events WHERE id > ? LIMIT {BLOCK})"
        waiting = int(connection.execute(found, (last,)).fetchone()[0])
        if not waiting or short + waiting < least:
            return
        if short:
            connection.execute("DELETE FROM blocks WHERE id = ?", (number,))
            connection.execute("DELETE FROM columns WHERE id BETWEEN ? AND ?", _span(number))
            number, last, _ = _end(connection)
        rows = connection.execute(f"{_ROWS} LIMIT {BLOCK}", (last,)).fetchall()
        _write(connection, number + 1, rows)


def _end(connection: sqlite3.Connection) -> tuple[int, int, int]:
    """The last block's number, its last event, and how many it holds where it is not whole; else 0."""
    row = connection.execute("SELECT id, last, count FROM blocks ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return 0, 0, 0
    return row[0], row[1], row[2] if row[2] < BLOCK else 0


def _span(number: int) -> tuple[int, int]:
    return number * AXES, number * AXES + AXES - 1


def _write(connection: sqlite3.Connection, number: int, rows: Sequence[tuple[int, ...]]) -> None:
    last = rows[-1][0]
    blobs = [
        r[0]
        for r in connection.execute(
            "SELECT vector FROM events WHERE id BETWEEN ? AND ? ORDER BY id", (rows[0][0], last)
        )
    ]
    base = number * AXES
    connection.execute("INSERT INTO blocks (id, count, last) VALUES (?, ?, ?)", (number, len(rows), last))
    dim = next((len(b) // 2 for b in blobs if b is not None), 0)
    add = "INSERT INTO columns (id, scale, data) VALUES (?, ?, ?)"
    if dim:
        axes = np.ascontiguousarray(unpack_vectors(blobs, dim).T)
        scales = np.abs(axes).max(1) / 127
        whole = np.rint(axes / np.maximum(scales, 1e-30)[:, None]).astype(np.int8)
        used = np.flatnonzero(scales)
        connection.executemany(add, ((base + int(a), float(scales[a]), whole[a].tobytes()) for a in used))
    facts = _facts(rows)
    connection.executemany(add, [(base + _PLACE[n], 1.0, facts[n].tobytes()) for n in reversed(FACTS)])


def _facts(rows: Sequence[tuple[object, ...]]) -> dict[str, npt.NDArray[np.generic]]:
    event, file, text, seconds, confidence, keywords = zip(*rows, strict=True) if rows else ((),) * 6
    plain = {"event": event, "file": file, "text": text, "seconds": seconds, "confidence": confidence}
    facts: dict[str, npt.NDArray[np.generic]] = {n: np.array(v, FACTS[n]) for n, v in plain.items()}
    packed = keyword_columns(list(keywords), KEYWORDS)
    for i in range(KEYWORDS):
        facts[f"keyword{i}"], facts[f"strength{i}"] = packed[2 * i], packed[2 * i + 1]
    return facts


def bury(connection: sqlite3.Connection, events: Iterable[int]) -> None:
    """Note that events are gone: those that are in a block stay there until ``rebuild``."""
    last = connection.execute("SELECT coalesce(max(last), 0) FROM blocks").fetchone()[0]
    connection.executemany(
        "INSERT OR IGNORE INTO buried (event) VALUES (?)", [(e,) for e in events if e <= last]
    )


def rebuild(connection: sqlite3.Connection) -> None:
    """Make all blocks anew, without what is buried."""
    for table in ("blocks", "columns", "buried"):
        connection.execute(f"DELETE FROM {table}")
    seal(connection, 1)
