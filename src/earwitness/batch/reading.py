"""From a part of the plan to its sounds, one after the other, each with a name of its own."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from earwitness.audio import SOUND_EXTENSIONS, AudioLimits
from earwitness.batch.inputs import Item, is_tar
from earwitness.batch.options import BatchOptions
from earwitness.batch.places import Place, is_address, place_of
from earwitness.batch.plan import Part, identity

AHEAD = 8  # objects of a store that are on their way while others are heard
WHOLE = 32 * 1024**2  # bytes; larger objects are read piece by piece
TRIES, PAUSE = 4, 0.5  # for a store that does not answer: seconds, doubled each time


@dataclass(frozen=True)
class Sound:
    """A sound, the name that its rows have, and what a captioner reads."""

    name: str
    source: Any


class NamedBytes(io.BytesIO):
    """The bytes of a file that has a name in results and messages."""

    def __init__(self, content: bytes, name: str) -> None:
        super().__init__(content)
        self.name = name


class Trouble:
    """A sound that cannot be had: whoever reads it is told why."""

    def __init__(self, name: str, words: str) -> None:
        self.name, self._words = name, words

    def read(self, size: int = -1) -> bytes:
        """Nothing: raises OSError."""
        raise OSError(self._words)


def sounds_of(part: Part, options: BatchOptions, limits: AudioLimits) -> Iterator[Sound]:
    """The sounds of a part, in its order; what cannot be read is a sound that says so when it is heard."""
    if len(part.items) == 1 and part.items[0].first >= 0:
        yield from _rows(part.items[0], part.base, options)
    elif len(part.items) == 1 and is_tar(part.items[0].source):
        yield from _members(part.items[0], part.base, options, limits)
    else:
        names = [item.source for item in part.items]
        yield from fetched(names, part.base, options.storage)


def fetched(
    names: Sequence[str], base: str, storage: Mapping[str, str], *, as_named: bool = False
) -> Iterator[Sound]:
    """Files by name, those at addresses fetched some ahead; ``as_named`` leaves names here as they are."""
    places: dict[str, Place] = {}

    def fetch(name: str) -> Sound:
        if not is_address(name):
            return Sound(name, name if as_named else identity(name, base))
        return Sound(name, fetch_one(name, places, storage))

    if not any(is_address(name) for name in names):
        yield from map(fetch, names)
        return
    with ThreadPoolExecutor(AHEAD) as pool:
        yield from _ahead(pool, fetch, names)


def fetch_one(name: str, places: dict[str, Place], storage: Mapping[str, str]) -> Any:
    """What is at an address: its bytes, or for a large file one that is read as needed.

    Parameters
    ----------
    name : str
    places : dict
        Clients that are known already, by what an address begins with; a new one is put there.
    storage : mapping
        See ``place_of``.
    """
    key = "/".join(name.split("/", 3)[:3])
    try:
        if key not in places:
            places[key] = place_of(name, storage)
        place = places[key]
        if _patiently(lambda: place.size(name)) > WHOLE:
            return Opened(name, place, dict(storage))
        return NamedBytes(_patiently(lambda: place.read(name)), name)
    except (OSError, ValueError) as error:
        return Trouble(name, str(error))


class Opened(io.BufferedReader):
    """A large object, asked for a few megabytes at a time; in another process it is opened anew."""

    def __init__(self, name: str, place: Place, storage: dict[str, str]) -> None:
        super().__init__(place.open(name), WHOLE // 8)  # type: ignore[arg-type]
        self._again = (name, storage)

    @property
    def name(self) -> str:
        """Its address."""
        return self._again[0]

    def __reduce__(self) -> Any:
        return reopened, self._again


def reopened(name: str, storage: dict[str, str]) -> Any:
    """See ``fetch_one``."""
    return fetch_one(name, {}, storage)


A = TypeVar("A")
B = TypeVar("B")


def _ahead(pool: ThreadPoolExecutor, do: Callable[[A], B], given: Sequence[A]) -> Iterator[B]:
    waiting: deque[Future[B]] = deque()
    try:
        for one in given:
            waiting.append(pool.submit(do, one))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


def _patiently(ask: Callable[[], B]) -> B:
    """Ask a store again that failed for a moment; what is not there, or not ours, is not asked for twice."""
    for attempt in range(TRIES):
        try:
            return ask()
        except (FileNotFoundError, PermissionError):
            raise
        except OSError:
            if attempt + 1 == TRIES:
                raise
            time.sleep(PAUSE * 2**attempt)
    raise AssertionError


def _rows(item: Item, base: str, options: BatchOptions) -> Iterator[Sound]:
    """Rows of a parquet file: bytes, ``datasets``' pairs of bytes and path, or names."""
    import pyarrow as pa

    try:
        yield from _table_rows(item, base, options)
    except (OSError, pa.ArrowException) as error:
        words = f"rows {item.first} to {item.first + item.count - 1} cannot all be read: {error}"
        yield Sound(item.source, Trouble(item.source, words))


def _table_rows(item: Item, base: str, options: BatchOptions) -> Iterator[Sound]:
    import pyarrow.parquet as pq

    file = identity(item.source, base)
    columns = [options.column] + ([options.id] if options.id else [])
    with place_of(file, options.storage).open(file) as opened:
        table: Any = pq.ParquetFile(opened)
        number = 0
        for batch in table.iter_batches(batch_size=64, columns=columns, row_groups=_groups(table, item)):
            first = number + _before(table, item)
            number += len(batch)
            low, high = max(item.first - first, 0), min(item.first + item.count - first, len(batch))
            if low >= high:
                continue
            for offset, row in enumerate(batch.slice(low, high - low).to_pylist(), first + low):
                name = str(row[options.id]) if options.id else f"{item.source}#{offset}"
                yield Sound(name, _cell(row[options.column], name, base, options))


def _groups(table: Any, item: Item) -> list[int]:
    """The row groups that hold an item's rows."""
    chosen, start = [], 0
    for group in range(table.num_row_groups):
        end = start + table.metadata.row_group(group).num_rows
        if start < item.first + item.count and end > item.first:
            chosen.append(group)
        start = end
    return chosen


def _before(table: Any, item: Item) -> int:
    """Rows in the groups before the first that is read."""
    return sum(table.metadata.row_group(g).num_rows for g in range(_groups(table, item)[0]))


def _cell(value: Any, name: str, base: str, options: BatchOptions) -> Any:
    if isinstance(value, dict):
        content, path = value.get("bytes"), value.get("path")
        value = path if content is None else content
    if isinstance(value, bytes):
        return NamedBytes(value, name)
    if value is None:
        return Trouble(name, "the row holds no sound")
    if not isinstance(value, str):
        return Trouble(name, f"a sound is bytes or a name, not {type(value).__name__}")
    if not is_address(value):
        return identity(value, base)
    if not options.remote:
        return Trouble(name, f"{value} is an address, and is fetched with --remote only")
    return fetch_one(value, {}, options.storage)


def _members(item: Item, base: str, options: BatchOptions, limits: AudioLimits) -> Iterator[Sound]:
    """The sounds in a tar file, read from its beginning to its end; nothing is unpacked to disk."""
    file = identity(item.source, base)
    try:
        with (
            place_of(file, options.storage).open(file) as opened,
            tarfile.open(fileobj=opened, mode="r|*") as tar,
        ):
            for member in tar:
                if member.isfile() and os.path.splitext(member.name)[1].lower() in SOUND_EXTENSIONS:  # noqa: PTH122
                    name = f"{item.source}#{member.name}"
                    yield Sound(name, _member(tar, member, name, limits))
    except (OSError, tarfile.TarError, EOFError) as error:
        # what stood before the damage was captioned; the rest is one row that says so
        yield Sound(item.source, Trouble(item.source, f"the tar file breaks off: {error}"))


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo, name: str, limits: AudioLimits) -> Any:
    if member.size > limits.max_spooled_bytes:
        return Trouble(name, f"it has {member.size} bytes, and the limit is {limits.max_spooled_bytes}")
    content = tar.extractfile(member)
    return Trouble(name, "it has no content") if content is None else NamedBytes(content.read(), name)
