"""Opening an archive's file: is it one, of which version, whole; and SQLite's words made sentences."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote_from_bytes

from earwitness.archive.store.schema import APPLICATION, PAGE_BYTES, VERSION, migrate
from earwitness.common.errors import ArchiveError

MAGIC = b"SQLite format 3\0"
APPLICATION_AT = 68  # where the file format has the application's number
BUSY_SECONDS = 60.0  # a commit of another run is waited for; it takes far less
CACHE_KILOBYTES = 32 * 1024


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open an archive, made or brought to this program's version first where that is needed.

    Parameters
    ----------
    path : Path
    create : bool
        Make the archive where there is none.

    Raises
    ------
    ArchiveError
        There is no archive, it is something else, newer than this program, damaged, or cannot be written.
    """
    _check_is_sqlite(path, create)
    # nothing can be written beside a file on read-only media, and so nobody else writes it either
    frozen = path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))
    with sentences(path):
        name = quote_from_bytes(os.fsencode(os.path.abspath(path)))  # noqa: PTH100 - resolve() follows links
        uri = f"file://{name}?" + ("mode=ro&immutable=1" if frozen else f"mode={'rwc' if create else 'rw'}")
        connection = sqlite3.connect(
            uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    try:
        with sentences(path):
            _prepare(connection, path, frozen)
    except BaseException:
        connection.close()
        raise
    return connection


def is_made(path: Path) -> bool:
    """Whether a file says in its first bytes that it is an archive, which it does when it is wholly made."""
    try:
        with path.open("rb") as file:
            header = file.read(APPLICATION_AT + 4)
    except OSError:
        return False
    return header.startswith(MAGIC) and header[APPLICATION_AT:] == APPLICATION.to_bytes(4, "big")


def _check_is_sqlite(path: Path, create: bool) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except FileNotFoundError:
        if create:
            return
        raise ArchiveError(f"there is no archive {path}; earwitness index FOLDER makes one.") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be opened: {error.strerror or error}.") from error
    if start != MAGIC and (start or not create):
        raise ArchiveError(f"{path} is no archive of earwitness: it is not an SQLite file.")


def _prepare(connection: sqlite3.Connection, path: Path, frozen: bool) -> None:
    version, application = _pragma(connection, "user_version"), _pragma(connection, "application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION:
        raise ArchiveError(f"{path} is no archive of earwitness, but an SQLite file of something else.")
    if version > VERSION:
        raise ArchiveError(
            f"{path} was made by a newer earwitness (its version is {version}, this one knows {VERSION}); "
            "upgrade earwitness."
        )
    connection.execute(f"PRAGMA cache_size = -{CACHE_KILOBYTES}")
    if frozen:
        if version < VERSION:
            raise ArchiveError(f"{path} is of an older version and cannot be written to bring it up to date.")
        return
    if not tables:
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    # With write-ahead logging readers and the writer do not wait for each other, and a killed process leaves
    # whole transactions. NORMAL loses at most the last of them when the power fails, never the file.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    if version < VERSION:
        migrate(connection, version)


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Make one sentence of what SQLite says.

    >>> with sentences(Path("a.db")):
    ...     sqlite3.connect(":memory:").execute("SELECT 1 FROM nowhere")
    Traceback (most recent call last):
    earwitness.common.errors.ArchiveError: a.db cannot be used: no such table: nowhere.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        said = str(error)
        if "locked" in said or "busy" in said:
            raise ArchiveError(f"{path} is being written by another program; try again later.") from error
        raise ArchiveError(f"{path} cannot be used: {said}.") from error
    except sqlite3.DatabaseError as error:
        raise ArchiveError(
            f"{path} is damaged ({error}); restore a copy, or move it away and index again."
        ) from error


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of a block's changes, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """The archive as it is now, for as long as the block lasts, whatever another run writes meanwhile."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        connection.execute("COMMIT")
