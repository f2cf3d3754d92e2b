"""What passes the filters, where nothing else is asked for: in the order of paths and of time."""

from __future__ import annotations

import sqlite3

import numpy as np

from earwitness.archive.finding.filters import Allowed
from earwitness.archive.finding.reading import as_hit, read_events
from earwitness.archive.finding.words import named
from earwitness.archive.options import SearchOptions
from earwitness.archive.results import Hit
from earwitness.archive.store.blocks import parts
from earwitness.archive.store.writing import vector_dim


def listed(connection: sqlite3.Connection, options: SearchOptions) -> list[Hit]:
    """The first events that pass; one that names what is not wanted does not."""
    allowed = Allowed(connection, options.filters)
    unwanted = [named(connection, text) for text in options.without]
    ranks = _file_ranks(connection)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for part in parts(connection, vector_dim(connection)):
        mask = allowed.mask(part)
        for match in unwanted:
            mask &= ~match.names_event(part)
        kept.append((part.fact("event")[mask], ranks[part.fact("file")][mask]))
    if not kept:
        return []
    events, files = (np.concatenate(column) for column in zip(*kept, strict=True))
    # a file's events were written in order of time, so their numbers are in it too
    best = events[np.lexsort((events, files))][: options.top].tolist()
    found = read_events(connection, best)
    return [as_hit(found[e], found[e].match, 0.0, None) for e in best]


def _file_ranks(connection: sqlite3.Connection) -> np.ndarray:
    """Each file's place in the order of paths, by its id."""
    rows = [r[0] for r in connection.execute("SELECT id FROM files ORDER BY path")]
    ranks = np.zeros(max(rows, default=0) + 1, np.int64)
    ranks[rows] = np.arange(len(rows))
    return ranks
