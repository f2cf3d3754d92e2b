"""Where captions go: a file that appears when it is complete, or a stream somebody else opened."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from pathlib import Path
from typing import IO, Any, TypeAlias

from earwitness.common.errors import OptionError

Destination: TypeAlias = "str | os.PathLike[str] | IO[str] | IO[bytes] | None"
"""A file's path, an open stream, or None and "-" for standard output."""

MOST_NAME_BYTES = 255 - len(".part")
"""What file systems allow, less what a file is called while it grows."""


def fitting(name: str, extension: str) -> str:
    """``name`` with its extension, cut where it is too long, with a hash that keeps it one of a kind."""
    if len(os.fsencode(name + extension)) <= MOST_NAME_BYTES:
        return name + extension
    tail = f"-{hashlib.sha256(os.fsencode(name)).hexdigest()[:12]}{extension}"
    room = MOST_NAME_BYTES - len(tail)
    return os.fsencode(name)[:room].decode("utf-8", "ignore") + tail


def sink_for(output: Destination) -> Sink:
    if output is None or output == "-":
        return Stream(None)
    if isinstance(output, str | os.PathLike):
        return File(Path(output))
    return Stream(output)


def _bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    # a name that is no UTF-8 comes as lone surrogates, which become \udcXX: readable, and an escape in JSON
    return text.encode("utf-8", "backslashreplace")


class Sink:
    def open(self) -> None:
        """Make ready."""

    def put(self, text: str | bytes) -> None:
        """Write and flush; bytes as they are."""

    def close(self) -> None:
        """Finish."""

    def abandon(self, *, keep: bool) -> None:
        """Stop half-way."""


class Nowhere(Sink):
    """For formats whose sounds have files of their own."""


class Stream(Sink):
    """A stream somebody else opened; None is standard output at the time of writing."""

    def __init__(self, stream: IO[str] | IO[bytes] | None) -> None:
        self._stream = stream

    def put(self, text: str | bytes) -> None:
        stream: Any = sys.stdout if self._stream is None else self._stream
        if self._stream is None and hasattr(stream, "buffer"):
            # the console's own encoding and line ends are not ours
            stream.flush()
            stream = stream.buffer
        binary = isinstance(stream, io.RawIOBase | io.BufferedIOBase) or "b" in str(
            getattr(stream, "mode", "")
        )
        stream.write(_bytes(text) if binary else _bytes(text).decode("utf-8", "replace"))
        stream.flush()


class File(Sink):
    """A file that takes its name only when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part") if path.name else path
        self._file: IO[bytes] | None = None

    def open(self) -> None:
        if self._path.is_dir():
            raise OptionError(f"{self._path} is a folder, not a file to write to.")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("wb")
        except OSError as error:
            raise OptionError(f"{self._path} cannot be written: {error.strerror}.") from error

    def put(self, text: str | bytes) -> None:
        assert self._file is not None
        self._file.write(_bytes(text))
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._part.replace(self._path)

    def abandon(self, *, keep: bool) -> None:
        if self._file is not None:
            self._file.close()
            if not keep:
                self._part.unlink(missing_ok=True)
