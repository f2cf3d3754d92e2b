"""From whatever a person hands in to a seekable binary file with a name, or an array with a rate."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeAlias

from earwitness.audio.clip import Clip
from earwitness.audio.limits import AudioLimits
from earwitness.common.errors import (
    AudioError,
    AudioLimitError,
    AudioNotFoundError,
    EmptyAudioError,
    InvalidSamplesError,
    UnreadableAudioError,
)

Source: TypeAlias = (
    "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | IO[bytes] | Clip | tuple[Any, int]"
)
"""A path (``"-"`` is standard input), the bytes of a file, a binary file object, a Clip, or (array, rate)."""

SPOOL_IN_MEMORY = 8 * 1024**2
"""Bytes of a pipe kept in memory before they go to a temporary file."""

CHUNK = 256 * 1024


def name_of(source: object) -> str:
    """The name of a source in results and messages: its path, or a word in angle brackets.

    >>> name_of(Path("dog.wav")), name_of(b"RIFF"), name_of(io.BytesIO())
    ('dog.wav', '<bytes>', '<file>')
    """
    if isinstance(source, Clip):
        return source.source
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return "<bytes>"
    if hasattr(source, "read"):
        name = getattr(source, "name", None)
        return name if isinstance(name, str) else "<file>"
    return "<array>"


def array_of(source: object) -> tuple[Any, int] | None:
    """The samples and the rate of a source that is an array already, or None for one that must be decoded."""
    if isinstance(source, Clip):
        return source.samples, source.rate
    if isinstance(source, tuple) and len(source) == 2:
        return source
    if hasattr(source, "__array__") or isinstance(source, list | tuple):
        raise InvalidSamplesError("An array alone has no sample rate: pass (array, rate).")
    return None


@contextmanager
def opened(source: object, limits: AudioLimits) -> Iterator[SafeFile]:
    """Open a path, bytes or a file object for a decoder; what was opened here is closed here.

    A file object is read from its beginning and left open.

    Raises
    ------
    AudioNotFoundError
        No such file.
    EmptyAudioError
        Zero bytes.
    UnreadableAudioError
        A folder, no permission, a file opened as text, a type that is no source.
    AudioLimitError
        A source that cannot seek, and never ends.
    """
    name = name_of(source)
    if isinstance(source, str) and source == "-":
        source = _standard_input()
    if isinstance(source, bytes | bytearray | memoryview):
        yield _not_empty(SafeFile(io.BytesIO(source), name))
    elif isinstance(source, str | os.PathLike):
        with _open_path(source, name) as file, _seekable(file, name, limits) as safe:
            yield safe
    elif hasattr(source, "read"):
        with _seekable(source, name, limits) as safe:
            yield safe
    else:
        raise UnreadableAudioError(
            f"A sound is a path, bytes, a binary file, a Clip or (array, rate), not {type(source).__name__}."
        )


class SafeFile:
    """A binary file for decoders written in C: it never raises into them, and it has no name to guess from.

    A C callback cannot carry an exception, so a failing read ends the file and is kept in ``error``. Without
    a name no decoder takes a headerless file for sound because of its extension.
    """

    def __init__(self, file: IO[bytes], label: str) -> None:
        self.label = label
        self.error: Exception | None = None
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes; none at the end and after a failure."""
        try:
            return self._file.read(size) or b""
        except Exception as error:  # noqa: BLE001 - kept for the caller: a foreign file may raise anything
            self.error = error
            return b""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and give the new position; a place before the beginning is the beginning."""
        try:
            if whence == os.SEEK_SET:
                offset = max(offset, 0)
            return self._file.seek(offset, whence)
        except ValueError:  # before the beginning, counted from the end
            return self._file.seek(0)
        except OSError as error:
            self.error = error
            return self._file.tell()

    def tell(self) -> int:
        """The position in bytes."""
        return self._file.tell()

    def reopened(self) -> int | None:
        """A descriptor of its own for the same file, at its beginning, None where there can be none.

        A decoder that has one reads without asking Python a hundred times a clip, between the threads that
        hear. Only of a file on disk, and on Linux, where it is the same file even if its name has gone.
        """
        if sys.platform != "linux" or not isinstance(self._file, io.BufferedReader):
            return None
        try:
            number = self._file.fileno()
            if not stat.S_ISREG(os.fstat(number).st_mode):
                return None
            return os.open(f"/proc/self/fd/{number}", os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, ValueError):
            return None

    def seekable(self) -> bool:
        """Always: what could not seek was spooled."""
        return True

    def readable(self) -> bool:
        """Always."""
        return True


def _standard_input() -> Any:
    """What is piped into this process; a file of that name is ``./-``."""
    if sys.stdin is None or sys.stdin.closed:
        raise UnreadableAudioError("- is standard input, which is closed.")
    if sys.stdin.isatty():
        raise UnreadableAudioError("- is standard input, and nothing is piped into it.")
    return getattr(sys.stdin, "buffer", sys.stdin)


@contextmanager
def _open_path(path: str | os.PathLike[str], name: str) -> Iterator[IO[bytes]]:
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - only what open itself raises is translated here
    except (OSError, ValueError) as error:
        raise _cannot_open(path, name, error) from error
    with file:
        yield file


def _cannot_open(path: str | os.PathLike[str], name: str, error: Exception) -> AudioError:
    if isinstance(error, FileNotFoundError):
        link = " (a link that points to nothing)" if Path(path).is_symlink() else ""
        return AudioNotFoundError(f"{name}: there is no such file{link}.")
    if isinstance(error, IsADirectoryError | PermissionError) and Path(path).is_dir():
        return UnreadableAudioError(f"{name} is a folder, not a sound; find_sounds lists the sounds in it.")
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return UnreadableAudioError(f"{name} cannot be opened: {words}.")


@contextmanager
def _seekable(file: Any, name: str, limits: AudioLimits) -> Iterator[SafeFile]:
    if isinstance(file, io.TextIOBase):
        raise UnreadableAudioError(f"{name} was opened as text; open it with mode 'rb'.")
    try:
        file.seek(0)
    except (OSError, ValueError, AttributeError):  # a pipe, a socket, a body that is still arriving
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_IN_MEMORY) as spool:
            _spool(file, spool, name, limits.max_spooled_bytes)
            yield _not_empty(SafeFile(spool, name))
    else:
        yield _not_empty(SafeFile(file, name))


def _spool(file: Any, spool: IO[bytes], name: str, most: int) -> None:
    total = 0
    while chunk := _read_chunk(file, name):
        total += len(chunk)
        if total > most:
            raise AudioLimitError(f"{name} cannot seek and gave more than the limit of {most} bytes.")
        try:
            spool.write(chunk)
        except OSError as error:
            place = tempfile.gettempdir()
            raise UnreadableAudioError(
                f"{name} cannot seek, and has no room in {place} while it is read: {error.strerror or error}."
            ) from error


def _read_chunk(file: Any, name: str) -> bytes:
    try:
        chunk = file.read(CHUNK)
    except (OSError, ValueError) as error:
        raise UnreadableAudioError(f"{name} cannot be read: {error}.") from error
    if chunk and not isinstance(chunk, bytes | bytearray):
        raise UnreadableAudioError(f"{name} was opened as text; open it with mode 'rb'.")
    return bytes(chunk or b"")


def _not_empty(file: SafeFile) -> SafeFile:
    file.seek(0)
    first = file.read(1)
    if file.error is not None:
        raise UnreadableAudioError(f"{file.label} cannot be read: {file.error}.") from file.error
    if not isinstance(first, bytes):
        raise UnreadableAudioError(f"{file.label} was opened as text; open it with mode 'rb'.")
    if not first:
        raise EmptyAudioError(f"{file.label} is empty: zero bytes.")
    file.seek(0)
    return file
