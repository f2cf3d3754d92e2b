"""Which events of a block a search may give."""

from __future__ import annotations

import os
import sqlite3

import numpy as np
import numpy.typing as npt

from earwitness.archive.options import Filters
from earwitness.archive.store.blocks import Block, Tail

Mask = npt.NDArray[np.bool_]


class Allowed:
    """Events that pass the filters, and are still there.

    Parameters
    ----------
    connection : sqlite3.Connection
    filters : Filters
    """

    def __init__(self, connection: sqlite3.Connection, filters: Filters) -> None:
        self.filters = filters
        self.buried = np.array([r[0] for r in connection.execute("SELECT event FROM buried")], np.int64)
        self.files = allowed_files(connection, filters)

    def mask(self, part: Block | Tail) -> Mask:
        """Whether each event of a block may be given: (count,)."""
        asked, mask = self.filters, np.ones(part.count, bool)
        if asked.longer is not None or asked.shorter is not None:
            seconds = np.asarray(part.fact("seconds"), np.float32)
            mask &= (seconds >= (asked.longer or 0.0)) & (seconds <= (asked.shorter or np.inf))
        if asked.min_confidence > 0:
            mask &= np.asarray(part.fact("confidence"), np.float32) >= np.float32(asked.min_confidence)
        if self.files is not None:
            mask &= self.files[part.fact("file")]
        if len(self.buried) and isinstance(part, Block):
            mask &= ~np.isin(part.fact("event"), self.buried)
        return mask


def allowed_files(connection: sqlite3.Connection, filters: Filters) -> Mask | None:
    """Whether each file may be given, by its id; None where all may."""
    conditions: list[str] = []
    values: list[bytes | int] = []
    if not filters.missing:
        conditions.append("missing IS NULL")
    if filters.path is not None:
        # GLOB compares text; bytes that are none pass through it as they are
        pattern = os.fsencode(os.path.expanduser(filters.path))  # noqa: PTH111 - a pattern is no path
        if pattern.startswith((b"./", b"../")):
            pattern = os.fsencode(os.path.abspath(os.fsdecode(pattern)))  # noqa: PTH100
        patterns = [pattern, b"*/" + pattern]
        if not any(mark in pattern for mark in b"*?["):  # a file, or a folder and all that is in it
            patterns += [p.rstrip(b"/") + b"/*" for p in patterns]
        conditions.append(f"({' OR '.join(['CAST(path AS TEXT) GLOB CAST(? AS TEXT)'] * len(patterns))})")
        values += patterns
    if filters.since is not None:
        conditions.append("modified >= ?")
        values.append(round(filters.since.timestamp() * 1e9))
    some_missing = connection.execute("SELECT 1 FROM files WHERE missing IS NOT NULL LIMIT 1").fetchone()
    if not values and not (conditions and some_missing):
        return None
    size = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM files").fetchone()[0]
    mask = np.zeros(size, bool)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    mask[[r[0] for r in connection.execute(f"SELECT id FROM files{where}", values)]] = True
    return mask
