"""The private folder in which bodies lie while they are worked on, and nothing stays."""

from __future__ import annotations

import io
import logging
import os
import secrets
import shutil
import threading
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import IO

from earwitness.common.cache import cache_folder
from earwitness.common.errors import OptionError
from earwitness.server.problems import Problem

log = logging.getLogger(__name__)

LOCK = "lock"
LONGEST_NAME = 200


class Uploads:
    """A folder of this server's own, inside one that servers share; what dead servers left there is deleted.

    A server holds a lock on a file in its folder for as long as it lives, and the system frees the lock
    however it dies. So a folder whose lock can be had belongs to nobody.

    Parameters
    ----------
    parent : Path, optional
        ``uploads`` in the user's cache folder unless given.
    most : int
        Bytes of all uploads together.

    Raises
    ------
    OptionError
        The folder cannot be made.
    """

    def __init__(self, parent: Path | None = None, most: int = 8 * 1024**3) -> None:
        self._most, self._total, self._counting = most, 0, threading.Lock()
        self.parent = parent or cache_folder() / "uploads"
        try:
            self.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            self.folder = self.parent / f"server-{secrets.token_hex(8)}"
            # locked before it has a name that others sweep
            making = self.folder if os.name == "nt" else self.folder.with_name(f"new-{self.folder.name}")
            making.mkdir(mode=0o700)
            self._lock = (making / LOCK).open("wb")
            _try_lock(self._lock)
            making.rename(self.folder)
        except OSError as error:
            raise OptionError(
                f"the folder for uploads, {self.parent}, cannot be used: {error.strerror}."
            ) from error

    def _sweep(self) -> None:
        for folder in self.parent.glob("server-*"):
            try:
                with (folder / LOCK).open("ab") as lock:
                    alive = not _try_lock(lock)
            except FileNotFoundError:
                alive = False  # killed between making the folder and making the lock
            except OSError:
                alive = True  # not ours to judge
            if not alive:
                log.warning("deleting what a server that was killed left behind")
                shutil.rmtree(folder, ignore_errors=True)

    def count(self, change: int) -> None:
        """Count bytes that come or go.

        Raises
        ------
        Problem
            ``too_busy``: more bytes would be here than there may be.
        """
        with self._counting:
            if change > 0 and self._total + change > self._most:
                raise Problem("too_busy", "Too many bytes of sounds are here already.", retry_after=10)
            self._total += change

    def new(self, name: str) -> Upload:
        """A new file, open for writing, under a name of its own; ``name`` is what the client calls it."""
        path = self.folder / secrets.token_hex(16)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0), 0o600)
        return Upload(path, os.fdopen(descriptor, "w+b"), shown_name(name), self.count)

    def close(self) -> None:
        """Delete the folder and all in it."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _try_lock(file: IO[bytes]) -> bool:
    """Take the lock of an open file, if nobody has it."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that a living process has open cannot be deleted
        return _can_be_deleted(Path(file.name), file)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _can_be_deleted(path: Path, file: IO[bytes]) -> bool:
    if "w" in file.mode:
        return True  # it is our own, and open is all that it has to be
    file.close()
    try:
        path.unlink()
    except OSError:
        return False
    return True


class Upload(io.RawIOBase):
    """A body as a file that decoders read, named as the client named it; ``discard`` deletes it."""

    def __init__(self, path: Path, file: IO[bytes], name: str, count: Callable[[int], None]) -> None:
        super().__init__()
        self._path, self._file, self._count = path, file, count
        self.name = name
        self.size = 0

    def put(self, data: bytes) -> None:
        """Append; Problem ``too_busy`` where there is no room."""
        self._count(len(data))
        self._file.write(data)
        self.size += len(data)

    def rewind(self) -> None:
        """Make ready to be read."""
        self._file.flush()
        self._file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes."""
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and give the new position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in bytes."""
        return self._file.tell()

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def discard(self) -> None:
        """Close and delete."""
        if not self._file.closed:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._count(-self.size)


def shown_name(name: str) -> str:
    """A client's name for a sound as it may stand in results: its last part, without what moves a cursor.

    >>> shown_name("../../etc/passwd"), shown_name("C:\\\\fakepath\\\\dog.wav"), shown_name("")
    ('passwd', 'dog.wav', 'sound')
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp"))
    return kept.strip()[:LONGEST_NAME] or "sound"
