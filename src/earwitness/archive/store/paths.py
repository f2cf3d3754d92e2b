"""Paths as the file system has them, and what tells whether a file is the one that it was."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

CHUNK = 1 << 20
HASH_BYTES = 16  # two different files among a thousand million have the same with a chance of 1 in 10^21


def as_bytes(path: str | os.PathLike[str]) -> bytes:
    """A path from the root on, in the file system's own bytes; links are not followed."""
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 - resolve() would follow links


def as_path(path: bytes) -> Path:
    """The path that ``as_bytes`` made."""
    return Path(os.fsdecode(path))


def is_there(path: bytes) -> bool:
    """Whether there is a file at a path."""
    try:
        return os.path.isfile(path)  # noqa: PTH113 - bytes
    except ValueError:  # a name no file can have
        return False


def stamp(path: bytes) -> tuple[int, int] | None:
    """A file's size and time of change in nanoseconds; None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - bytes
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def content_hash(path: bytes) -> bytes | None:
    """A hash of all of a file; None where it cannot be read."""
    digest = hashlib.blake2b(digest_size=HASH_BYTES)
    try:
        with as_path(path).open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (OSError, ValueError):
        return None
    return digest.digest()
