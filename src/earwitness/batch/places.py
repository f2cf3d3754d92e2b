"""Where files are: this machine's disk, or a store that is named by its address.

``s3://`` and ``gs://`` are read by pyarrow's own clients, others (``https://``, ``hf://``) by fsspec.
Credentials are those of the user's surroundings, as the clients find them; none is kept here. Nothing in this
file is asked about an address that the user has not allowed: see ``allow``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from earwitness.common.errors import MissingExtraError, OptionError, OutputError
from earwitness.common.files import whole_file

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_ARROW = {"s3", "gs", "gcs"}
EXTRA = "run: pip install 'earwitness[batch]'"


@dataclass(frozen=True)
class File:
    """A file by its name, which opens it again, and its size in bytes (-1: not known)."""

    name: str
    size: int = -1


class Place(Protocol):
    """What is needed of a file system."""

    def is_folder(self, name: str) -> bool: ...

    def walk(self, folder: str) -> Iterator[File]: ...

    def glob(self, pattern: str) -> Iterator[File]: ...

    def size(self, name: str) -> int: ...

    def open(self, name: str) -> BinaryIO: ...

    def read(self, name: str) -> bytes: ...

    def names(self, folder: str) -> set[str]: ...

    def write(self, name: str, content: bytes) -> None: ...

    def remove(self, name: str) -> None: ...


def is_address(name: str) -> bool:
    """Whether a name leads to another machine, or to whatever fsspec makes of it, rather than to a file here.

    >>> is_address("s3://bucket/dog.wav"), is_address("recordings/dog.wav"), is_address("C:/dog.wav")
    (True, False, False)
    """
    return _SCHEME.match(name) is not None


def allow(names: Iterable[str], remote: bool) -> None:
    """OptionError for the first address among names, unless addresses were asked for."""
    if remote:
        return
    for name in names:
        if is_address(name):
            raise OptionError(
                f"{name} is an address; nothing is fetched unless it is asked for: add --remote."
            )


def place_of(name: str, storage: Mapping[str, str] | None = None) -> Place:
    """The place that a name is in.

    Parameters
    ----------
    name : str
    storage : mapping, optional
        Arguments of the store's client, such as ``endpoint_override`` or ``anonymous`` of pyarrow's for S3.

    Raises
    ------
    OptionError
        There is no such kind of address, or its client does not take these arguments.
    MissingExtraError
        The name is an address, and the extra that reads it is not installed.
    """
    return Store.of(name, dict(storage or {})) if is_address(name) else Disk()


class Disk:
    """This machine's files."""

    def is_folder(self, name: str) -> bool:
        """Whether there is a folder of that name."""
        return os.path.isdir(name)  # noqa: PTH112 - False for a name no file can have

    def walk(self, folder: str) -> Iterator[File]:
        """Every file beneath a folder, in order, hidden ones aside."""
        for here, folders, files in os.walk(folder):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(f for f in files if not f.startswith(".")):
                path = os.path.join(here, file)  # noqa: PTH118 - as it was named, to the letter
                yield File(path, self.size(path))

    def glob(self, pattern: str) -> Iterator[File]:
        """The files that a pattern fits, ``**`` any number of folders."""
        from glob import iglob

        for name in sorted(iglob(pattern, recursive=True)):  # noqa: PTH207 - as it was named
            if os.path.isfile(name):  # noqa: PTH113
                yield File(name, self.size(name))

    def size(self, name: str) -> int:
        """In bytes; -1 where there is no such file."""
        try:
            return os.stat(name).st_size  # noqa: PTH116 - follows links, whatever the name is
        except (OSError, ValueError):
            return -1

    def open(self, name: str) -> BinaryIO:
        """For reading; the caller closes it."""
        return Path(name).open("rb")

    def read(self, name: str) -> bytes:
        """All of it."""
        return Path(name).read_bytes()

    def names(self, folder: str) -> set[str]:
        """What a folder holds; nothing where there is none."""
        try:
            return {p.name for p in Path(folder).iterdir() if p.is_file()}
        except FileNotFoundError:
            return set()

    def write(self, name: str, content: bytes) -> None:
        """Put a whole file there, or leave what was there and raise OutputError."""
        path = Path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(f"{name} cannot be written: {error.strerror or error}.") from error

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""
        Path(name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Store:
    """Files behind an address, by a pyarrow file system; names are whole addresses."""

    scheme: str
    files: Any = field(repr=False)
    # what the client puts between :// and its own paths: nothing but for fsspec's own schemes
    whole: bool = False

    @classmethod
    def of(cls, name: str, storage: dict[str, str]) -> Store:
        """The client that reads an address."""
        match = _SCHEME.match(name)
        assert match is not None
        scheme = match.group(1).lower()
        try:
            from pyarrow import fs
        except ImportError as error:
            raise MissingExtraError(f"{name} needs pyarrow, which is not installed; {EXTRA}") from error
        try:
            if scheme in _ARROW:
                return cls(scheme, _arrow(fs, scheme, name, _typed(storage)))
            import fsspec

            # folders are made as they are needed, where a store has folders at all
            extra = {"auto_mkdir": True} if scheme == "file" else {}
            files = fsspec.filesystem(scheme, **extra, **_typed(storage))
        except ImportError as error:
            raise MissingExtraError(f"addresses like {scheme}:// need more ({error}); {EXTRA}") from error
        except (TypeError, ValueError, OSError) as error:
            raise OptionError(f"{name} cannot be reached: {error}.") from error
        return cls(scheme, fs.PyFileSystem(fs.FSSpecHandler(files)), scheme in ("http", "https"))

    def _path(self, name: str) -> str:
        return name if self.whole else name.split("://", 1)[1]

    def _name(self, path: str) -> str:
        # some of fsspec's stores begin their paths with a slash that their addresses do not have
        path = path if self.scheme == "file" else path.lstrip("/")
        return path if self.whole else f"{self.scheme}://{path}"

    def _info(self, name: str) -> Any:
        return self.files.get_file_info(self._path(name).rstrip("/"))

    def is_folder(self, name: str) -> bool:
        """Whether anything is beneath an address."""
        from pyarrow.fs import FileType

        return not self.whole and self._info(name).type == FileType.Directory

    def walk(self, folder: str) -> Iterator[File]:
        """Every file beneath an address, in order, hidden ones aside."""
        from pyarrow.fs import FileSelector, FileType

        root = self._path(folder).rstrip("/")
        found = self.files.get_file_info(FileSelector(root, recursive=True, allow_not_found=True))
        for info in sorted(found, key=lambda info: str(info.path)):
            inside = info.path[len(root) :].split("/")
            if info.type == FileType.File and not any(part.startswith(".") for part in inside):
                yield File(self._name(info.path), -1 if info.size is None else info.size)

    def glob(self, pattern: str) -> Iterator[File]:
        """The files that a pattern fits, ``**`` any number of folders."""
        from fsspec.implementations.arrow import ArrowFSWrapper

        if self.whole:
            raise OptionError(
                f"{pattern}: {self.scheme}:// has no patterns; name the files, or a list of them."
            )
        files, path = ArrowFSWrapper(self.files), self._path(pattern)
        found = files.glob(path, detail=True)
        if not found and self.scheme not in _ARROW:
            # a store whose paths begin with a slash, as ``_name`` knows it, is asked for one
            found = files.glob("/" + path.lstrip("/"), detail=True)
        for path, info in sorted(found.items()):
            if info["type"] == "file":
                yield File(self._name(path), -1 if info.get("size") is None else info["size"])

    def size(self, name: str) -> int:
        """In bytes; -1 where there is no such file, or nobody says."""
        size = self._info(name).size
        return -1 if size is None else int(size)

    def open(self, name: str) -> BinaryIO:
        """For reading, a few megabytes at a time: a store answers slowly, however little is asked."""
        from io import BufferedReader

        return BufferedReader(self.files.open_input_file(self._path(name)), 4 * 1024**2)

    def read(self, name: str) -> bytes:
        """All of it, in one request."""
        with self.files.open_input_stream(self._path(name)) as file:
            return bytes(file.read())

    def names(self, folder: str) -> set[str]:
        """What lies directly beneath an address."""
        from pyarrow.fs import FileSelector, FileType

        chosen = FileSelector(self._path(folder).rstrip("/"), allow_not_found=True)
        return {i.base_name for i in self.files.get_file_info(chosen) if i.type == FileType.File}

    def write(self, name: str, content: bytes) -> None:
        """Put a whole object there; it appears when all of it has arrived."""
        try:
            # nothing is done between open and close that could fail half-way and leave half an object
            with self.files.open_output_stream(self._path(name)) as file:
                file.write(content)
        except OSError as error:
            raise OutputError(f"{name} cannot be written: {error}.") from error

    def remove(self, name: str) -> None:
        """Take an object away, if it is there."""
        try:
            self.files.delete_file(self._path(name))
        except FileNotFoundError:
            return


def joined(folder: str, name: str) -> str:
    """A file's name in a folder, on disk or behind an address."""
    return f"{folder.rstrip('/')}/{name}" if is_address(folder) else os.path.join(folder, name)  # noqa: PTH118


def _arrow(fs: Any, scheme: str, name: str, storage: dict[str, Any]) -> Any:
    if scheme != "s3":
        return fs.GcsFileSystem(**storage)
    # what the other clients for S3 go by, and pyarrow's does not
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if endpoint:
        storage.setdefault("endpoint_override", endpoint)
    if region:
        storage.setdefault("region", region)
    elif "region" not in storage and "endpoint_override" not in storage:
        storage["region"] = fs.resolve_s3_region(name.split("://", 1)[1].split("/", 1)[0])
    return fs.S3FileSystem(**storage)


def _typed(storage: Mapping[str, str]) -> dict[str, Any]:
    """Yes, no and whole numbers as such."""
    words: dict[str, Any] = {"true": True, "yes": True, "false": False, "no": False}
    return {k: words.get(v.lower(), int(v) if v.isdigit() else v) for k, v in storage.items()}
