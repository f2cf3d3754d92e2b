"""Where captions go: a file that appears when it is complete, or a stream somebody else opened."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
from pathlib import Path
from typing import IO, Any, TypeAlias

from earwitness.common.errors import OptionError, OutputError
from earwitness.common.files import open_locked

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

    def open(self) -> None:
        if self._stream is None and sys.stdout is None:
            raise OptionError("standard output is closed; name a file to write to.")

    def put(self, text: str | bytes) -> None:
        stream: Any = sys.stdout if self._stream is None else self._stream
        if self._stream is None and hasattr(stream, "buffer") and not stream.isatty():
            # a file's or a pipe's encoding and line ends are not ours; a screen's are its own
            stream.flush()
            stream = stream.buffer
        binary = isinstance(stream, io.RawIOBase | io.BufferedIOBase) or "b" in str(
            getattr(stream, "mode", "")
        )
        stream.write(_bytes(text) if binary else _printable(_bytes(text).decode("utf-8", "replace"), stream))
        stream.flush()


def _printable(text: str, stream: Any) -> str:
    """The text with what the stream's encoding does not have as escapes."""
    encoding = getattr(stream, "encoding", None)
    return text.encode(encoding, "backslashreplace").decode(encoding) if encoding else text


class File(Sink):
    """A file that takes its name only when it is complete; while it grows, nobody else writes it.

    What is no regular file, a device, a pipe, is written into, and where a link leads is where the file goes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._target, self._part = path, path
        self._in_place = False

    def open(self) -> None:
        if self._path.is_dir():
            raise OutputError(f"{self._path} is a folder, not a file to write to.")
        try:
            self._in_place = is_special(self._path)
            if self._in_place:
                self._file = self._path.open("wb", buffering=0)
                return
            self._target = Path(os.path.realpath(self._path)) if self._path.is_symlink() else self._path
            self._part = self._target.with_name(self._target.name + ".part")
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = open_locked(self._part)
            self._file.truncate(0)
        except BlockingIOError as error:
            raise OutputError(
                f"{self._path} is being written by another run; name another output."
            ) from error
        except (OSError, ValueError) as error:
            raise self._trouble(error) from error

    def put(self, text: str | bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(_bytes(text))
            self._file.flush()
        except BrokenPipeError:
            raise  # a reader that has gone ends a run like any other reader
        except OSError as error:
            raise self._trouble(error) from error

    def close(self) -> None:
        if self._file is None:
            return
        try:
            if not self._in_place:
                if self._target.exists():
                    self._part.chmod(stat.S_IMODE(self._target.stat().st_mode))
                if os.name == "nt":
                    self._file.close()
                # while it is still ours alone
                self._part.replace(self._target)
            self._file.close()
        except OSError as error:
            raise self._trouble(error) from error

    def abandon(self, *, keep: bool) -> None:
        if self._file is not None:
            if not keep and not self._in_place and os.name != "nt":
                self._part.unlink(missing_ok=True)
            self._file.close()

    def _trouble(self, error: Exception) -> OutputError:
        words = getattr(error, "strerror", None) or str(error)
        return OutputError(f"{self._path} cannot be written: {words}.")


def is_special(path: Path) -> bool:
    """Whether a name stands for a device, a pipe or an open stream: written into, never replaced."""
    if str(path).startswith(("/dev/fd/", "/proc/self/fd/")) or str(path) in ("/dev/stdout", "/dev/stderr"):
        return True
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
