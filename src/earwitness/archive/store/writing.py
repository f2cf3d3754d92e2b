"""Captions into rows: each distinct caption and keyword once, each event with its embedding."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.archive.store.blocks import bury, seal
from earwitness.archive.store.packing import pack_keywords, pack_vector
from earwitness.common.caption import Caption
from earwitness.common.names import as_utf8

EmbedText = Callable[[Sequence[str]], npt.NDArray[np.float32]]

REMEMBERED = 100_000  # ids of captions: 20 MB


@dataclass(frozen=True)
class Stamp:
    """A file as it was when it was read; ``hash`` is of its content."""

    size: int
    modified: int
    hash: bytes | None


def believed(caption: Caption) -> float:
    """How far a caption is to be believed, 0..1: its confidence, or its fit where none was fitted."""
    return caption.fit if caption.confidence is None else caption.confidence


class Rows:
    """Writes files and events; the caller holds the transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        Of an archive.
    embed_text : callable, optional
        The encoder's; keeps what each new caption means, which writing it has computed already.
    """

    def __init__(self, connection: sqlite3.Connection, embed_text: EmbedText | None = None) -> None:
        self.connection, self.embed_text = connection, embed_text
        self._texts: dict[str, int] = {}
        self._names: dict[str, int] = {}

    def put_file(
        self, path: bytes, stamp: Stamp, captions: Sequence[Caption] = (), error: str | None = None
    ) -> int:
        """Put a file and its captions in the place of what was known of it; its id."""
        known = self.connection.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchone()
        seconds = max((c.end for c in captions), default=None)
        values = (stamp.size, stamp.modified, stamp.hash, seconds, time.time(), error)
        if known:
            file = int(known[0])
            self.drop_events(file)
            self.connection.execute(
                "UPDATE files SET size = ?, modified = ?, hash = ?, seconds = ?, indexed = ?, error = ?, "
                "missing = NULL WHERE id = ?",
                (*values, file),
            )
        else:
            file = self._insert(
                "INSERT INTO files (size, modified, hash, seconds, indexed, error, path) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, path),
            )
        self.put_events(file, captions)
        return file

    def put_events(self, file: int, captions: Iterable[Caption]) -> None:
        """Add a file's captions; whole blocks of events are sealed as they fill."""
        rows = [
            (
                file,
                c.start,
                c.end,
                self.text_id(c.text),
                c.fit,
                believed(c),
                pack_keywords([(self.name_id(k.text), k.score) for k in c.keywords]),
                "\n".join(" ".join(n.split()) for n in c.notes) or None,
                None if c.embedding is None else pack_vector(c.embedding),
            )
            for c in captions
        ]
        self.connection.executemany(
            'INSERT INTO events (file, start, "end", text, score, confidence, keywords, notes, vector) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def copy_events(self, source: int, file: int) -> None:
        """Give a file the events of another with the same content."""
        self.connection.execute(
            'INSERT INTO events (file, start, "end", text, score, confidence, keywords, notes, vector) '
            'SELECT ?, start, "end", text, score, confidence, keywords, notes, vector '
            "FROM events WHERE file = ? ORDER BY id",
            (file, source),
        )

    def drop_events(self, file: int) -> None:
        """Take a file's events away."""
        gone = [r[0] for r in self.connection.execute("SELECT id FROM events WHERE file = ?", (file,))]
        if gone:
            bury(self.connection, gone)
            self.connection.execute("DELETE FROM events WHERE file = ?", (file,))

    def seal(self) -> None:
        """Turn whole blocks of events into columns."""
        seal(self.connection)

    def text_id(self, text: str) -> int:
        """The id of a caption, which is put into the full-text index when it is new."""
        if text not in self._texts:
            row, new = self._id(text, self._texts, "texts", "text", "words")
            if new and text and self.embed_text is not None:
                vector = pack_vector(self.embed_text([text])[0])
                self.connection.execute("UPDATE texts SET vector = ? WHERE id = ?", (vector, row))
        return self._texts[text]

    def name_id(self, name: str) -> int:
        """The id of a keyword."""
        if name not in self._names:
            self._id(name, self._names, "keywords", "name", "names")
        return self._names[name]

    def forget(self) -> None:
        """Look ids up again: after a rollback those that were new are not there."""
        self._texts.clear()
        self._names.clear()

    def _id(self, value: str, ids: dict[str, int], table: str, column: str, index: str) -> tuple[int, bool]:
        """The id of a text that is looked up for the first time, and whether it is new."""
        if len(ids) >= REMEMBERED:
            ids.clear()
        ids[value], new = self._find_or_add(value, table, column, index)
        return ids[value], new

    def _find_or_add(self, value: str, table: str, column: str, index: str) -> tuple[int, bool]:
        # a lone surrogate, of a name that is no UTF-8, cannot be stored as text
        value = as_utf8(value)
        found = self.connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
        if found:
            return int(found[0]), False
        row = self._insert(f"INSERT INTO {table} ({column}) VALUES (?)", (value,))
        self.connection.execute(f"INSERT INTO {index} (rowid, {column}) VALUES (?, ?)", (row, value))
        return row, True

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        row = self.connection.execute(statement, values).lastrowid
        assert row is not None
        return row


def remember(connection: sqlite3.Connection, **values: str) -> None:
    """Keep facts about the whole archive."""
    connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", list(values.items()))


def remembered(connection: sqlite3.Connection) -> dict[str, str]:
    """The facts about the whole archive."""
    return dict(connection.execute("SELECT key, value FROM meta"))


def vector_dim(connection: sqlite3.Connection) -> int:
    """Numbers an embedding has; 0 before the first one is known."""
    return int(remembered(connection).get("dim", 0))
