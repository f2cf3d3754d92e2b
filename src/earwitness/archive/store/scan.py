"""What an indexing run has to do: which files are new, changed, moved, copied, gone."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from earwitness.archive.store.paths import as_bytes, content_hash, is_there, stamp
from earwitness.archive.store.writing import Stamp
from earwitness.audio import find_sounds
from earwitness.common.errors import AudioNotFoundError

What = Literal["unchanged", "touched", "moved", "copied", "new"]


@dataclass(frozen=True)
class Known:
    """A file as the archive has it."""

    id: int
    path: bytes
    size: int
    modified: int
    hash: bytes | None
    missing: bool
    error: bool


@dataclass(frozen=True)
class Found:
    """A file as it is, what that means, and the known file that it is or has the content of."""

    path: bytes
    what: What
    stamp: Stamp
    known: Known | None = None


def list_files(folders: Sequence[str | os.PathLike[str]]) -> list[bytes]:
    """The sounds in files and folders, each once.

    Raises
    ------
    AudioNotFoundError
        A folder is not there: a drive that is not mounted does not mean that its sounds are gone.
    """
    for folder in folders:
        if not Path(folder).exists():
            raise AudioNotFoundError(f"{os.fspath(folder)}: there is no such file or folder.")
    return list(dict.fromkeys(as_bytes(s.path) for s in find_sounds(folders)))


def look_at(connection: sqlite3.Connection, paths: Sequence[bytes], *, retry: bool) -> Iterator[Found]:
    """Tell of each file what is to be done about it, reading only those whose size or time is not as known.

    The archive may change between two of them: each is looked up when it is its turn.
    """
    for path in paths:
        yield _look(connection, path, retry)


def _look(connection: sqlite3.Connection, path: bytes, retry: bool) -> Found:
    known = _known(connection, "path", path)
    size, modified = stamp(path) or (0, 0)
    as_it_was = known is not None and (known.size, known.modified) == (size, modified)
    again = known is not None and known.error and retry
    if known is not None and as_it_was and not again:
        return Found(path, "touched" if known.missing else "unchanged", _stamp(known), known)
    now = Stamp(size, modified, content_hash(path))
    if known is not None:
        same = now.hash is not None and now.hash == known.hash and not again
        return Found(path, "touched" if same else "new", now, known)
    return _by_content(connection, path, now)


def _by_content(connection: sqlite3.Connection, path: bytes, now: Stamp) -> Found:
    """A path that is new: its content may be known from a file that was moved, or is elsewhere too."""
    if now.hash is None:
        return Found(path, "new", now)
    twins = [_as_known(r) for r in connection.execute(f"{_SELECT} WHERE hash = ? ORDER BY id", (now.hash,))]
    twins = [t for t in twins if not t.error]
    gone = next((t for t in twins if not is_there(t.path)), None)
    if gone is not None:
        return Found(path, "moved", now, gone)
    return Found(path, "copied" if twins else "new", now, twins[0] if twins else None)


def gone_files(
    connection: sqlite3.Connection, folders: Sequence[str | os.PathLike[str]], found: Sequence[bytes]
) -> list[int]:
    """Known files in some folders that were not found there, and are nowhere."""
    roots, there = [as_bytes(f) for f in folders], set(found)
    rows = connection.execute("SELECT id, path FROM files WHERE missing IS NULL").fetchall()
    return [
        i
        for i, path in rows
        if path not in there and any(_is_under(path, root) for root in roots) and not is_there(path)
    ]


def _is_under(path: bytes, root: bytes) -> bool:
    separator = os.fsencode(os.sep)
    return path == root or path.startswith(root.rstrip(separator) + separator)


_SELECT = "SELECT id, path, size, modified, hash, missing IS NOT NULL, error IS NOT NULL FROM files"


def _known(connection: sqlite3.Connection, column: str, value: bytes) -> Known | None:
    row = connection.execute(f"{_SELECT} WHERE {column} = ?", (value,)).fetchone()
    return None if row is None else _as_known(row)


def _as_known(row: Sequence[Any]) -> Known:
    return Known(row[0], row[1], row[2], row[3], row[4], bool(row[5]), bool(row[6]))


def _stamp(known: Known) -> Stamp:
    return Stamp(known.size, known.modified, known.hash)
