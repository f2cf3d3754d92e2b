"""What an INPUT holds: sounds, rows of parquet files, and tar files of sounds, none of them read yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from earwitness.audio import SOUND_EXTENSIONS, search_sounds
from earwitness.batch.options import BatchOptions, rows_a_part
from earwitness.batch.places import Disk, File, Place, allow, is_address, place_of
from earwitness.common.counting import counted
from earwitness.common.errors import OptionError, TableError

LISTS = (".txt", ".lst", ".list")
TARS = (".tar", ".tar.gz", ".tgz")
PARQUET = ".parquet"


@dataclass(frozen=True)
class Item:
    """Something that is captioned together: a sound, some rows of a parquet file, or a tar file.

    ``first`` is the first of ``count`` rows; -1 stands for a file as a whole.
    """

    source: str
    size: int = -1
    first: int = -1
    count: int = 1


def find_items(name: str, options: BatchOptions, actors: int) -> Iterator[Item]:
    """List what an input holds, in an order that depends on the names alone.

    Parameters
    ----------
    name : str
        A folder, a pattern, a list of names (.txt), a parquet or tar file, a sound; here or at an address.
    options : BatchOptions
    actors : int
        How many will share the rows of a parquet file.

    Raises
    ------
    OptionError
        There is nothing of that name, or a list names addresses and they were not asked for.
    TableError
        A parquet file cannot be read, or lacks the column.
    """
    place = place_of(name, options.storage)
    for file in find_files(name, place, options):
        if file.name.lower().endswith(PARQUET):
            yield from _slices(file, place_of(file.name, options.storage), options, actors)
        else:
            yield Item(file.name, file.size)


def is_tar(name: str) -> bool:
    """Whether a name is that of a tar file.

    >>> is_tar("shards/0001.tar"), is_tar("dog.wav")
    (True, False)
    """
    return name.lower().endswith(TARS)


def find_files(name: str, place: Place, options: BatchOptions) -> Iterable[File]:
    """The files that a name stands for; see ``find_items``."""
    if place.is_folder(name):
        return _folder(name, place)
    if place.size(name) < 0 and any(mark in name for mark in "*?["):
        return _some(place.glob(name), name)
    if name.lower().endswith(LISTS):
        return _listed(name, place, options)
    if place.size(name) < 0 and not is_address(name):
        raise OptionError(f"there is no file or folder {name}, and it is no pattern with * in it.")
    return [File(name, place.size(name))]


def _folder(name: str, place: Place) -> Iterable[File]:
    """The sounds in a folder; where there are none, its parquet files or its tar files."""
    if isinstance(place, Disk):
        # the same names in the same order as ``earwitness caption`` has
        sounds = [str(sound.path) for sound in search_sounds([name]).sounds]
        if sounds:
            return [File(sound, place.size(sound)) for sound in sounds]
    files = list(place.walk(name))
    for fits in (_is_sound, _ends_with(PARQUET), is_tar):
        chosen = [file for file in files if fits(file.name)]
        if chosen:
            return chosen
    others = counted(len(files), "other")
    raise OptionError(f"{name} holds no sounds, no parquet and no tar files ({others}).")


def _is_sound(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SOUND_EXTENSIONS  # noqa: PTH122 - an address, too


def _ends_with(ending: str) -> Callable[[str], bool]:
    return lambda name: name.lower().endswith(ending)


def _some(found: Iterator[File], pattern: str) -> list[File]:
    files = list(found)
    if not files:
        raise OptionError(f"nothing fits the pattern {pattern}.")
    return files


def _listed(name: str, place: Place, options: BatchOptions) -> list[File]:
    """One name a line; a name that is there twice counts once."""
    try:
        text = place.read(name).decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise OptionError(f"the list {name} cannot be read: {error}.") from error
    names = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not names:
        raise OptionError(f"the list {name} holds no names.")
    # a list that lies in a store was asked for by address, but what it names was not
    allow(names, options.remote)
    disk = Disk()
    return [File(n, -1 if is_address(n) else disk.size(n)) for n in names]


def _slices(file: File, place: Place, options: BatchOptions, actors: int) -> Iterator[Item]:
    """Rows of a parquet file in pieces; only its footer is read here."""
    total = _row_count(file, place, options)
    rows = rows_a_part(total, options, actors)
    for first in range(0, total, rows):
        yield Item(file.name, file.size, first, min(rows, total - first))


def _row_count(file: File, place: Place, options: BatchOptions) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with place.open(file.name) as opened:
            found: Any = pq.ParquetFile(opened)
            names, count = found.schema_arrow.names, found.metadata.num_rows
    except (OSError, pa.ArrowInvalid) as error:
        raise TableError(f"{file.name} cannot be read as parquet: {error}.") from error
    for column in (options.column, options.id):
        if column is not None and column not in names:
            raise TableError(f"{file.name} has no column {column!r}; it has {', '.join(names)}.")
    return int(count)
