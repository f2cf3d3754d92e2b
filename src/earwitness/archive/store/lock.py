"""One run at a time writes an archive: a lock that the system lets go of when its holder dies."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from earwitness.common.errors import ArchiveError

POLL_SECONDS = 0.2


@contextmanager
def writing(archive: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold ``<archive>.lock`` while the block lasts.

    It is not the archive itself that is locked: closing a second handle of that would take SQLite's own locks
    away.

    Parameters
    ----------
    archive : Path
    wait : bool
        Wait for another run to end instead of raising.

    Raises
    ------
    ArchiveError
        Another run holds it; the message says which.
    """
    path = archive.with_name(archive.name + ".lock")
    file = _acquire(path, archive, wait)
    try:
        yield
    finally:
        # taken away before it is let go, so that whoever opens it meanwhile finds out that it is not the one
        path.unlink(missing_ok=True)
        file.close()


def _acquire(path: Path, archive: Path, wait: bool) -> IO[bytes]:
    while True:
        try:
            file = path.open("a+b")
        except OSError as error:
            raise ArchiveError(f"{archive} cannot be written: {error.strerror or error}.") from error
        if _try(file):
            if _is_at(file, path):
                _sign(file)
                return file
            file.close()  # its holder was just leaving, and took the name away
            continue
        holder = _read_sign(file)
        file.close()
        if not wait:
            raise ArchiveError(f"{archive} is being written by {holder}; wait for it, or use --wait.")
        time.sleep(POLL_SECONDS)


def _try(file: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(4096)  # past the sign, which others read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _sign(file: IO[bytes]) -> None:
    file.truncate(0)
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    file.write(f"process {os.getpid()} on {socket.gethostname()} since {since}".encode())
    file.flush()


def _read_sign(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read(4096).decode(errors="replace") or "another run"
