"""Taking out what is gone, and keeping the columns free of it."""

from __future__ import annotations

import sqlite3

from earwitness.archive.store.blocks import bury, rebuild, seal
from earwitness.archive.store.database import transaction

BURIED_MOST = 0.2  # share of events in the columns that may be gone before these are made anew


def prune(connection: sqlite3.Connection) -> int:
    """Drop the files that are missing, with all that is known of them; how many there were."""
    with transaction(connection):
        gone = [r[0] for r in connection.execute("SELECT id FROM files WHERE missing IS NOT NULL")]
        for file in gone:
            bury(
                connection,
                [r[0] for r in connection.execute("SELECT id FROM events WHERE file = ?", (file,))],
            )
            connection.execute("DELETE FROM events WHERE file = ?", (file,))
        connection.executemany("DELETE FROM files WHERE id = ?", [(file,) for file in gone])
        _drop_unused(connection, "texts", "text", "words")
    if gone:
        connection.execute("PRAGMA incremental_vacuum")
    return len(gone)


def tidy(connection: sqlite3.Connection) -> None:
    """Put all events into blocks, and make these anew where much in them is gone."""
    buried = connection.execute("SELECT count(*) FROM buried").fetchone()[0]
    sealed = connection.execute("SELECT coalesce(sum(count), 0) FROM blocks").fetchone()[0]
    if buried > BURIED_MOST * sealed:
        with transaction(connection):
            rebuild(connection)
        connection.execute("PRAGMA incremental_vacuum")
    else:
        with transaction(connection):
            seal(connection, 1)


def _drop_unused(connection: sqlite3.Connection, table: str, column: str, index: str) -> None:
    """Take out captions that no event has; the full-text index has to be told what it loses."""
    unused = f"SELECT id, {column} FROM {table} WHERE id NOT IN (SELECT text FROM events)"
    connection.execute(
        f"INSERT INTO {index} ({index}, rowid, {column}) SELECT 'delete', id, {column} FROM ({unused})"
    )
    connection.execute(f"DELETE FROM {table} WHERE id NOT IN (SELECT text FROM events)")
