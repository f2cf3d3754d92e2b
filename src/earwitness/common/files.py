"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be replaced under another's hands anyway
    fcntl = None  # type: ignore[assignment]


_UNFINISHED = re.compile(r"\..+\.\d+-\d+\.part", re.DOTALL)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside its place, and put it there when the block ends well.

    Until then the file has a name of its own, so processes and threads that write the same file do not mix,
    and a hidden one: who reads a whole folder does not read it, too. An error in the block removes it, and
    leaves at ``path`` what was there before.

    Parameters
    ----------
    path : Path
        In a folder that exists.

    Yields
    ------
    a file open for writing bytes

    Raises
    ------
    OSError
        It cannot be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.txt"
    ...     with whole_file(path) as file:
    ...         _ = file.write(b"done"), path.exists()
    ...     path.read_bytes()
    b'done'
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{get_ident()}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def is_unfinished(name: str) -> bool:
    """Whether this is what ``whole_file`` calls a file that is not yet whole.

    >>> is_unfinished(".a.txt.12-345.part"), is_unfinished("a.txt")
    (True, False)
    """
    return _UNFINISHED.fullmatch(name) is not None


def open_locked(path: Path) -> BinaryIO:
    """Open a file for appending, alone: until it is closed, by whatever end, nobody else opens it so.

    Raises
    ------
    BlockingIOError
        Somebody else has it.
    OSError
        It cannot be written there.
    """
    while True:
        file = path.open("ab")
        try:
            if fcntl is None:
                return file
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # whoever had it may have put it elsewhere in the meantime: then it is no longer this file
            if path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except OSError:
            file.close()
            raise
        file.close()


def close_and_remove(file: BinaryIO, path: Path) -> None:
    """Take away a file that was opened alone; whoever opens it next begins a new one."""
    if fcntl is None:
        file.close()
    path.unlink(missing_ok=True)
    file.close()
