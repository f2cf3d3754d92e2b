"""Which sounds go into which file of the output, written down beside it before anything is captioned.

So a run that is started again, by whoever and after whatever, writes the same files, and what is there
already is not written again. A later run over an input that has grown adds parts behind those that there are;
none is ever divided anew.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.batch.inputs import Item, is_tar
from earwitness.batch.places import Place, is_address, joined
from earwitness.common.errors import OptionError

FOLDER = "_earwitness"  # readers of many files pass over names that begin so


@dataclass(frozen=True)
class Part:
    """What goes into one file: its number, its name, what is read for it, and where names begin."""

    number: int
    name: str
    items: tuple[Item, ...]
    base: str


def identity(name: str, base: str) -> str:
    """One name for one file, wherever the run is started from.

    >>> identity("b/c.wav", "/a"), identity("s3://bucket/c.wav", "/a")
    ('/a/b/c.wav', 's3://bucket/c.wav')
    """
    # no link is followed: links are names of their own
    return name if is_address(name) else os.path.normpath(os.path.join(base, name))  # noqa: PTH118


class Plan:
    """The parts of an output folder.

    Parameters
    ----------
    place : Place
    folder : str
        The output.
    ending : str
        Of the parts' names.

    Raises
    ------
    OptionError
        What was planned before cannot be read.
    """

    def __init__(self, place: Place, folder: str, ending: str) -> None:
        self._place, self._folder, self._ending = place, joined(folder, FOLDER), ending
        names = sorted(n for n in place.names(self._folder) if n.startswith("plan-"))
        self._tables = [self._read(name) for name in names]

    @property
    def parts(self) -> int:
        """How many there are."""
        return int(self._tables[-1]["part"][-1].as_py()) + 1 if self._tables else 0

    def add(self, items: Iterable[Item], rows: int) -> int:
        """Plan those items whose files are not planned yet.

        Parameters
        ----------
        items : iterable of Item
        rows : int
            Sounds a part.

        Returns
        -------
        int
            How many files that were planned before have another size by now.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        base, changed = str(Path.cwd()), 0
        new = _table(items, base)
        for old in self._tables:
            if not len(new):
                break
            there = pc.index_in(_identities(new), _identities(old))
            before = old["size"].take(there.fill_null(0))
            known = pc.is_valid(there)
            sizes = pc.and_(pc.greater_equal(before, 0), pc.greater_equal(new["size"], 0))
            differ = pc.and_(pc.and_(known, sizes), pc.not_equal(new["size"], before))
            changed += len(pc.unique(new["name"].filter(differ)))
            new = new.filter(pc.invert(known))
        if len(new):
            numbers = pa.array(_numbers(new, rows, self.parts), pa.int32())
            self._tables.append(self._written(new.add_column(0, "part", numbers)))
        return changed

    def all(self) -> Iterator[Part]:
        """Every part, in order."""
        for table in self._tables:
            base = _base(table)
            number, items = -1, list[Item]()
            for row in _rows(table):
                if row["part"] != number and items:
                    yield self._part(number, items, base)
                    items = []
                number = row["part"]
                items.append(Item(os.fsdecode(row["name"]), row["size"], row["first"], row["count"]))
            yield self._part(number, items, base)

    def _part(self, number: int, items: Sequence[Item], base: str) -> Part:
        described = "\0".join(f"{identity(i.source, base)}\0{i.first}\0{i.count}" for i in items)
        short = hashlib.sha256(os.fsencode(described)).hexdigest()[:8]
        return Part(number, f"part-{number:06d}-{short}.{self._ending}", tuple(items), base)

    def _written(self, table: Any) -> Any:
        import pyarrow.parquet as pq

        content = io.BytesIO()
        pq.write_table(table, content, compression="zstd")
        name = f"plan-{len(self._tables):04d}.parquet"
        self._place.write(joined(self._folder, name), content.getvalue())
        return table

    def _read(self, name: str) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = joined(self._folder, name)
        try:
            return pq.read_table(io.BytesIO(self._place.read(path)))
        except (OSError, pa.ArrowInvalid) as error:
            raise OptionError(f"the plan {path} cannot be read ({error}); name a new output.") from error


def _table(items: Iterable[Item], base: str) -> Any:
    """Names as bytes: not every file's name is UTF-8."""
    import pyarrow as pa

    names, sizes, firsts, counts = list[bytes](), list[int](), list[int](), list[int]()
    for item in items:
        names.append(os.fsencode(item.source))
        sizes.append(item.size)
        firsts.append(item.first)
        counts.append(item.count)
    columns = {
        "name": pa.array(names, pa.binary()),
        "size": pa.array(sizes, pa.int64()),
        "first": pa.array(firsts, pa.int64()),
        "count": pa.array(counts, pa.int64()),
    }
    return pa.table(columns).replace_schema_metadata({"base": os.fsencode(base)})


def _base(table: Any) -> str:
    return os.fsdecode(table.schema.metadata[b"base"])


def _identities(table: Any) -> Any:
    import pyarrow as pa

    base = _base(table)
    names = (os.fsencode(identity(os.fsdecode(name), base)) for name in table["name"].to_pylist())
    return pa.array(names, pa.binary())


def _rows(table: Any) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def _numbers(table: Any, rows: int, first: int) -> list[int]:
    """A part's number for each item: sounds so many at a time, every piece of a table and every tar alone."""
    numbers, number, inside = list[int](), first - 1, rows
    for row in _rows(table):
        alone = row["first"] >= 0 or is_tar(os.fsdecode(row["name"]))
        if alone or inside >= rows:
            number, inside = number + 1, 0
        inside = rows if alone else inside + 1
        numbers.append(number)
    return numbers
