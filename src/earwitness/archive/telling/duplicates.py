"""Files that sound the same: equal bytes at once; others by what was heard, then by the sounds themselves.

Two recordings of rain are heard as the same and are not. So what was heard (the embeddings) and how long it
lasts only say which pairs to listen to; then both are read, and the changes of their spectra decide.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.archive.results import Duplicates
from earwitness.archive.store.packing import unpack_vectors
from earwitness.archive.store.writing import vector_dim
from earwitness.archive.telling.fingerprint import fingerprint, likeness
from earwitness.common.errors import AudioError

logger = logging.getLogger(__name__)

HEARD_ALIKE = 0.95  # cosine of the files' embeddings from which they are listened to again
LENGTHS_ALIKE = 0.5, 0.02  # seconds, and the share of the length, that two lengths may differ by
ROWS = 1024  # of the files compared at once
REMEMBERED = 512  # fingerprints: at most 60 MB


@dataclass(frozen=True, eq=False)
class _File:
    """One file of each content, with the others that have it."""

    paths: tuple[str, ...]
    seconds: float
    vector: npt.NDArray[np.float32]


def find_duplicates(connection: sqlite3.Connection, least: float) -> list[Duplicates]:
    """Groups of files that sound the same, the longest first.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a snapshot.
    least : float
        Least likeness of two sounds.
    """
    files = _files(connection)
    groups: dict[int, list[tuple[int, float]]] = {}  # the first of each group -> the others, with likeness
    first_of: dict[int, int] = {}
    prints = _Prints(files)
    for a, b in _alike(files):
        if b in first_of:
            continue
        first = first_of.get(a, a)
        like = prints.likeness(first, b)
        if like >= least:
            first_of[b] = first
            groups.setdefault(first, []).append((b, like))
    out = []
    for i, file in enumerate(files):
        others = groups.get(i, [])
        if i not in first_of and (others or len(file.paths) > 1):
            paths = file.paths + tuple(p for j, _ in others for p in files[j].paths)
            out.append(Duplicates(paths, not others, min([x for _, x in others], default=1.0), file.seconds))
    return sorted(out, key=lambda d: (-d.seconds, d.paths))


def _files(connection: sqlite3.Connection) -> list[_File]:
    """Every content once, in order of length; silent files have no vector and are left to their bytes."""
    dim = vector_dim(connection)
    paths: dict[bytes, list[str]] = defaultdict(list)
    seconds: dict[bytes, float] = {}
    rows = connection.execute(
        "SELECT hash, path, seconds FROM files WHERE missing IS NULL AND error IS NULL AND hash IS NOT NULL "
        "AND seconds IS NOT NULL ORDER BY path"
    )
    for content, path, length in rows:
        paths[content].append(os.fsdecode(path))
        seconds[content] = length
    vectors = {content: np.zeros(dim, np.float32) for content in paths}
    events = connection.execute(
        'SELECT f.hash, e.vector, e."end" - e.start FROM events e JOIN files f ON f.id = e.file '
        "WHERE f.missing IS NULL AND e.vector IS NOT NULL AND f.hash IS NOT NULL"
    )
    for content, blob, length in events:
        vectors[content] += length * unpack_vectors([blob], dim)[0]
    order = sorted(paths, key=lambda c: (seconds[c], paths[c]))
    return [_File(tuple(paths[c]), seconds[c], _unit(vectors[c])) for c in order]


def _unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), np.float32)


def _alike(files: list[_File]) -> Iterator[tuple[int, int]]:
    """Pairs of like length that were heard alike, the first of each before the second."""
    if not files:
        return
    seconds = np.array([f.seconds for f in files])
    longest = seconds * (1 + LENGTHS_ALIKE[1]) + LENGTHS_ALIKE[0]
    ends = np.searchsorted(seconds, longest, side="right")
    for start in range(0, len(files), ROWS):
        stop = min(start + ROWS, len(files))
        rows = np.stack([f.vector for f in files[start:stop]])
        for left in range(start, int(ends[stop - 1]), ROWS):
            right = min(left + ROWS, int(ends[stop - 1]))
            cosines = rows @ np.stack([f.vector for f in files[left:right]]).T
            for i, j in np.argwhere(cosines >= HEARD_ALIKE).tolist():
                a, b = start + i, left + j
                if a < b < ends[a]:
                    yield a, b


class _Prints:
    """Fingerprints of files, the latest kept; a file that is gone or changed is like none."""

    def __init__(self, files: list[_File]) -> None:
        self.files = files
        self._kept: dict[int, npt.NDArray[np.float32] | None] = {}

    def likeness(self, a: int, b: int) -> float:
        """The likeness of two files, -1 where one cannot be read."""
        first, second = self._of(a), self._of(b)
        return -1.0 if first is None or second is None else likeness(first, second)

    def _of(self, i: int) -> npt.NDArray[np.float32] | None:
        if i not in self._kept:
            if len(self._kept) >= REMEMBERED:
                self._kept.pop(next(iter(self._kept)))
            try:
                self._kept[i] = fingerprint(Path(self.files[i].paths[0]))
            except AudioError as error:
                logger.warning("%s", error)
                self._kept[i] = None
        return self._kept[i]
