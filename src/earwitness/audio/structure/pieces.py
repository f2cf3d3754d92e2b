"""A file made of pieces of another one: what a decoder should have been given."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol, TypeAlias

Piece: TypeAlias = "bytes | tuple[int, int]"
"""Bytes, or where they begin and end in the file."""


class Readable(Protocol):
    """What is asked of the file behind: ``SafeFile`` has it."""

    label: str
    error: Exception | None

    def read(self, size: int = -1) -> bytes: ...

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int: ...

    def tell(self) -> int: ...


@dataclass(frozen=True)
class Part:
    """One sound of a file: its pieces, none where it is the file as it is."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Structure:
    """The sounds of a file in their order, and whether anything in between was not understood."""

    # at least one; a part that is the whole file has no pieces
    parts: tuple[Part, ...]
    # bytes in the midst that belong to nothing, or pages and frames known to be broken
    broken: int = 0
    # sound streams that lie in one another, of which libsndfile reads the first
    streams: int = 1
    # counted, where the decoder only estimates
    frames: int | None = None


AS_IT_IS = Structure((Part(()),))
"""Nothing to add to what a decoder sees for itself."""


def size_of(file: Readable) -> int:
    """The file's length in bytes; its position stays."""
    place = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(place)
    return size


def read_at(file: Readable, place: int, size: int) -> bytes:
    """Bytes from a place; fewer where the file ends."""
    file.seek(place)
    return file.read(size)


class Pieces:
    """Pieces read as one file.

    >>> import io
    >>> from earwitness.audio.sources import SafeFile
    >>> file = Pieces(SafeFile(io.BytesIO(b"one two three"), "x"), [b"<", (4, 7), b">"])
    >>> file.read(), file.seek(-2, 2), file.read(9)
    (b'<two>', 3, b'o>')
    """

    def __init__(self, file: Readable, pieces: Sequence[Piece]) -> None:
        self._file = file
        self._pieces = list(pieces)
        sizes = [len(p) if isinstance(p, bytes) else p[1] - p[0] for p in self._pieces]
        self._ends = list(accumulate(sizes))
        self._size = self._ends[-1] if self._ends else 0
        self._place = 0

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes, all of them unless given; what the file behind fails with is raised."""
        end = self._size if size is None or size < 0 else min(self._place + size, self._size)
        out: list[bytes] = []
        while self._place < end:
            number = bisect_right(self._ends, self._place)
            piece = self._pieces[number]
            length = len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]
            within = self._place - (self._ends[number] - length)
            wanted = min(end, self._ends[number]) - self._place
            if isinstance(piece, bytes):
                chunk = piece[within : within + wanted]
            else:
                chunk = read_at(self._file, piece[0] + within, wanted)
                if self._file.error is not None:
                    raise self._file.error
            if not chunk:
                break
            out.append(chunk)
            self._place += len(chunk)
        return b"".join(out)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and give the new position."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = max(0, start + offset)
        return self._place

    def tell(self) -> int:
        """The position in bytes."""
        return self._place
