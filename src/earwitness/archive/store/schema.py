"""What an archive's file looks like inside, and how an older one becomes a newer one.

Every version is a step from the one before it, and a new archive takes all steps from nothing: so the way
that an old archive goes is the way that every archive has gone.

* ``files``: a row a sound file, its path as the bytes that the file system has.
* ``texts`` and ``words``: every distinct caption once, with its own embedding, and the full-text index over
  them. The decoder says the same of many sounds, so that an index over distinct captions is small and quick.
* ``keywords`` and ``names``: the same for the names of sounds.
* ``events``: a row a stretch of sound; its embedding in half precision, its keywords packed.
* ``columns``: the embeddings again, turned about and in eight bits, see ``blocks.py``.
* ``buried``: events that are gone, but still stand in the columns.
"""

from __future__ import annotations

import sqlite3

APPLICATION = 0x45574152  # "EWAR" in the file's header tells an archive from other SQLite files
PAGE_BYTES = 16384  # two columns of a block a page, see blocks.py

_FILES_AND_EVENTS = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        path BLOB NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        modified INTEGER NOT NULL,  -- nanoseconds since 1970
        hash BLOB,                  -- of the content; NULL where it could not be read
        seconds REAL,
        indexed REAL NOT NULL,      -- seconds since 1970
        missing REAL,               -- since when it is gone; NULL while it is there
        error TEXT                  -- why it could not be captioned
    )""",
    "CREATE INDEX files_by_hash ON files (hash)",
    "CREATE TABLE texts (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE, vector BLOB)",
    "CREATE VIRTUAL TABLE words USING fts5 "
    "(text, content='texts', content_rowid='id', tokenize='porter unicode61')",
    "CREATE TABLE keywords (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)",
    "CREATE VIRTUAL TABLE names USING fts5 "
    "(name, content='keywords', content_rowid='id', tokenize='porter unicode61')",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file INTEGER NOT NULL REFERENCES files (id),
        start REAL NOT NULL,
        end REAL NOT NULL,
        text INTEGER NOT NULL REFERENCES texts (id),
        score REAL NOT NULL,
        confidence REAL NOT NULL,
        keywords BLOB NOT NULL,     -- pairs of uint16: the name's id, its score in 65535ths
        notes TEXT,                 -- one a line
        vector BLOB                 -- float16; NULL for silence
    )""",
    "CREATE INDEX events_by_file ON events (file)",
)
_COLUMNS = (
    "CREATE TABLE blocks (id INTEGER PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL)",
    "CREATE TABLE columns (id INTEGER PRIMARY KEY, scale REAL NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE buried (event INTEGER PRIMARY KEY)",
)

STEPS: tuple[tuple[str, ...], ...] = (_FILES_AND_EVENTS, _COLUMNS)
"""What brings an archive from each version to the next."""

VERSION = len(STEPS)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring an archive from ``version`` (0: an empty file) to this program's, wholly or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # another run may have done it while this one waited
        version = max(version, int(connection.execute("PRAGMA user_version").fetchone()[0]))
        for step in STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
