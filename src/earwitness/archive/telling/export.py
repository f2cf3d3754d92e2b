"""All events out of an archive: tables, and a folder that Hugging Face's ``datasets`` reads.

``parquet`` holds embeddings too, as lists of float32; ``csv`` and ``jsonl`` do without. A folder gets
``metadata.jsonl`` in the form of ``datasets``' audio folders: ``file_name`` beside what is known, a row an
event; its sounds are links to the archive's own, or copies.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from earwitness.archive.finding.reading import all_events
from earwitness.archive.results import Event
from earwitness.archive.store.packing import unpack_vectors
from earwitness.archive.store.writing import remembered, vector_dim
from earwitness.common.errors import ArchiveError, MissingExtraError, OptionError
from earwitness.common.files import whole_file
from earwitness.common.names import as_utf8
from earwitness.writers.cells import csv_row, keyword_cell, path_cell

FORMATS = ("parquet", "csv", "jsonl", "datasets")
ROWS = 5000  # of a parquet file's group


def export(connection: sqlite3.Connection, to: Path, format: str | None = None, *, copy: bool = False) -> int:
    """Write all events of files that are there; how many there were.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a snapshot.
    to : Path
        A file, or for ``datasets`` a folder.
    format : str, optional
        One of ``FORMATS``; else what the file's ending says, and ``datasets`` for a name without one.
    copy : bool
        Of ``datasets``: copy the sounds instead of linking to them.

    Raises
    ------
    OptionError
        There is no such format.
    ArchiveError
        It cannot be written there.
    MissingExtraError
        parquet, and pyarrow is not installed.
    """
    chosen = format or to.suffix.lower().removeprefix(".") or "datasets"
    if chosen not in FORMATS:
        raise OptionError(f"{chosen!r} is no format of an export; these are: {', '.join(FORMATS)}.")
    if copy and chosen != "datasets":
        raise OptionError("only the format datasets has sounds to copy.")
    try:
        if chosen == "datasets":
            return _folder(connection, to, copy)
        to.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(to) as file:
            write = {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl}[chosen]
            return write(connection, file)
    except OSError as error:
        raise ArchiveError(f"{error.filename or to} cannot be written: {error.strerror or error}.") from error


def as_row(event: Event) -> dict[str, Any]:
    """An event as plain JSON types; a path that is no UTF-8 shows its bytes as escapes."""
    row = {**event.to_dict(), "path": as_utf8(event.path)}
    del row["event"]  # a number of this archive alone
    return row


def _jsonl(connection: sqlite3.Connection, file: Any) -> int:
    count = 0
    for count, event in enumerate(all_events(connection), 1):  # noqa: B007 - counted
        file.write((json.dumps(as_row(event), ensure_ascii=False) + "\n").encode())
    return count


def _csv(connection: sqlite3.Connection, file: Any) -> int:
    file.write(csv_row(["path", "start", "end", "text", "confidence", "keywords", "notes"]).encode())
    count = 0
    for count, event in enumerate(all_events(connection), 1):  # noqa: B007 - counted
        row = as_row(event)
        row["path"] = path_cell(row["path"])
        row["keywords"] = keyword_cell(event.keywords)
        row["notes"] = "; ".join(event.notes)
        file.write(csv_row(row.values()).encode())
    return count


def _parquet(connection: sqlite3.Connection, file: Any) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError(
            "parquet needs pyarrow, which is not installed; run: pip install 'earwitness[archive]'"
        ) from error
    keyword = pa.struct([("text", pa.string()), ("score", pa.float32())])
    columns = [("path", pa.string()), ("start", pa.float64()), ("end", pa.float64()), ("text", pa.string())]
    columns += [
        ("confidence", pa.float32()),
        ("keywords", pa.list_(keyword)),
        ("notes", pa.list_(pa.string())),
    ]
    encoder = remembered(connection).get("encoder", "")
    schema = pa.schema([*columns, ("embedding", pa.list_(pa.float32()))], metadata={"encoder": encoder})
    dim, count = vector_dim(connection), 0
    events = all_events(connection)
    with pq.ParquetWriter(file, schema) as writer:
        while some := list(islice(events, ROWS)):
            vectors = dict(_vectors(connection, [e.event for e in some], dim))
            rows = [{**as_row(e), "embedding": vectors.get(e.event)} for e in some]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))
            count += len(rows)
    return count


def _vectors(connection: sqlite3.Connection, ids: list[int], dim: int) -> Iterator[tuple[int, Any]]:
    for start in range(0, len(ids), 1000):
        some = ids[start : start + 1000]
        ask = f"SELECT id, vector FROM events WHERE id IN ({','.join('?' * len(some))})"
        for event, blob in connection.execute(ask, some):
            if blob is not None:
                yield event, unpack_vectors([blob], dim)[0].tolist()


def _folder(connection: sqlite3.Connection, to: Path, copy: bool) -> int:
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise ArchiveError(f"{to} is there already; name a folder that is new or empty.")
    sounds = to / "sounds"
    sounds.mkdir(parents=True)
    names: dict[str, str] = {}
    count = 0
    with whole_file(to / "metadata.jsonl") as file:
        for event in all_events(connection):
            if event.path not in names:
                names[event.path] = _put(Path(event.path), sounds, len(names), copy)
            row = {"file_name": f"sounds/{names[event.path]}", **as_row(event)}
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
            count += 1
    return count


def _put(path: Path, folder: Path, number: int, copy: bool) -> str:
    """Put a sound into a folder under a name that is its own; links where the system has them."""
    name = f"{number:06d}{path.suffix.lower() if path.suffix.isascii() else ''}"
    target = folder / name
    if not copy:
        try:
            target.symlink_to(path)
        except (OSError, NotImplementedError):
            copy = True  # Windows lets not everybody make links
    if copy:
        shutil.copyfile(path, target)
    return name
