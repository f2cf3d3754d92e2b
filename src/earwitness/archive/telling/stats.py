"""What is in an archive, in figures."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from earwitness.archive.finding.reading import read_names
from earwitness.archive.results import Stats
from earwitness.archive.store.packing import unpack_keywords
from earwitness.archive.store.writing import remembered

MOST = 20  # classes and captions that are told
STEPS = 10  # of confidence


def read_stats(connection: sqlite3.Connection, path: Path) -> Stats:
    """Read an archive's figures; files that are gone count as missing alone."""
    known = remembered(connection)
    one = connection.execute
    there = "FROM events e JOIN files f ON f.id = e.file WHERE f.missing IS NULL"
    return Stats(
        files=one("SELECT count(*) FROM files WHERE missing IS NULL").fetchone()[0],
        missing=one("SELECT count(*) FROM files WHERE missing IS NOT NULL").fetchone()[0],
        unreadable=one("SELECT count(*) FROM files WHERE error IS NOT NULL AND missing IS NULL").fetchone()[
            0
        ],
        events=one(f"SELECT count(*) {there}").fetchone()[0],
        hours=one("SELECT coalesce(sum(seconds), 0) / 3600 FROM files WHERE missing IS NULL").fetchone()[0],
        captions=one(f"SELECT count(DISTINCT e.text) {there}").fetchone()[0],
        bytes=_size(path),
        encoder=known.get("encoder", ""),
        cut=known.get("cut", ""),
        classes=_classes(connection, there),
        confidence=_confidence(connection, there),
        texts=tuple(
            one(
                f"SELECT t.text, n FROM (SELECT e.text AS id, count(*) AS n {there} GROUP BY e.text) s "
                f"JOIN texts t ON t.id = s.id WHERE t.text <> '' ORDER BY n DESC, t.text LIMIT {MOST}"
            )
        ),
        errors=tuple(
            (os.fsdecode(p), e)
            for p, e in one(
                "SELECT path, error FROM files WHERE error IS NOT NULL AND missing IS NULL ORDER BY path"
            )
        ),
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # moved away under us: the figure is told of what is open
        return 0


def _classes(connection: sqlite3.Connection, there: str) -> tuple[tuple[str, int, float], ...]:
    """The keywords that are the strongest most often, each with its events and hours."""
    names = read_names(connection)
    # the first pair of bytes of the packed keywords is the strongest one's id
    rows = connection.execute(
        f'SELECT substr(e.keywords, 1, 2) AS k, count(*) AS n, sum(e."end" - e.start) / 3600 {there} '
        f"AND length(e.keywords) > 0 GROUP BY k ORDER BY n DESC, k LIMIT {MOST}"
    )
    return tuple((names[unpack_keywords(k + b"\0\0")[0][0]], n, h) for k, n, h in rows)


def _confidence(connection: sqlite3.Connection, there: str) -> tuple[int, ...]:
    counts = [0] * STEPS
    rows = connection.execute(
        f"SELECT min(CAST(e.confidence * {STEPS} AS INTEGER), {STEPS - 1}) AS step, count(*) {there} "
        "AND e.vector IS NOT NULL GROUP BY step"
    )
    for step, count in rows:
        counts[max(step, 0)] = count
    return tuple(counts)
