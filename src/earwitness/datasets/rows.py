"""Rows out of csv, tsv, jsonl and json, each knowing where it stood."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.common.errors import TableError
from earwitness.datasets.files import read_text

DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """The named cells of one row, and where it stands, for messages: ``refs.csv, line 7``."""

    where: str
    cells: Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read a table by its extension: ``.json`` and ``.jsonl`` (``.ndjson``), all else as delimited text.

    Column names lose outer spaces and capitals.

    Raises
    ------
    TableError
        It cannot be read or parsed, or has no row; the message says what and where.
    """
    text = read_text(path)
    kind = path.suffix.lower()
    if kind == ".json":
        rows = list(_json_rows(path.name, text))
    elif kind in (".jsonl", ".ndjson"):
        rows = list(_jsonl_rows(path.name, text))
    else:
        rows = list(_csv_rows(path.name, text))
    if not rows:
        raise TableError(f"{path.name} has no rows.")
    return rows


def _csv_rows(name: str, text: str) -> Iterator[Row]:
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().strip('"').lower().startswith("sep="):  # a hint that Excel writes and reads
        first, text, skipped = rest.partition("\n")[0], rest, 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check_header(name, header)
        while True:
            line = reader.line_num + 1 + skipped
            cells = next(reader, None)
            if cells is None:
                return
            if any(cell.strip() for cell in cells):
                yield Row(f"{name}, line {line}", _named(f"{name}, line {line}", header, cells))
    except csv.Error as error:
        raise TableError(
            f"{name}, line {reader.line_num + skipped}: this is no valid CSV: {error}."
        ) from error


def _delimiter(header: str) -> str:
    """The delimiter that cuts the header into most cells; a comma where none does.

    >>> _delimiter("file;caption"), _delimiter("file")
    (';', ',')
    """
    return max(DELIMITERS, key=header.count)


def _check_header(name: str, header: list[str]) -> None:
    named = [cell for cell in header if cell]
    if not named:
        raise TableError(f"{name} is empty: a header with column names is expected in its first line.")
    for cell in named:
        if named.count(cell) > 1:
            raise TableError(f"{name}, line 1: there are {named.count(cell)} columns called {cell!r}.")


def _named(where: str, header: list[str], cells: list[str]) -> dict[str, str]:
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        raise TableError(
            f"{where}: there are {len(cells)} cells under {len(header)} column names; a caption with commas "
            "needs quotes around it."
        )
    return {column: cell for column, cell in zip(header, cells, strict=True) if column}


def _jsonl_rows(name: str, text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        row = _parse(where, line)
        if not isinstance(row, dict):
            raise TableError(f"{where}: a JSON object is expected on each line.")
        yield Row(where, _lower(row))


def _json_rows(name: str, text: str) -> Iterator[Row]:
    table = _parse(name, text)
    if isinstance(table, dict):
        for key, value in table.items():
            cells = _lower(value) if isinstance(value, dict) else {"captions": value}
            yield Row(f"{name}, key {key!r}", {**cells, "id": key})
    elif isinstance(table, list):
        for number, row in enumerate(table, 1):
            if not isinstance(row, dict):
                raise TableError(f"{name}, item {number}: a JSON object is expected.")
            yield Row(f"{name}, item {number}", _lower(row))
    else:
        raise TableError(f"{name}: an object of captions by clip, or a list of objects, is expected.")


def _lower(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key.strip().lower(): value for key, value in row.items()}


def _parse(where: str, text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                raise TableError(f"{where}: the key {key!r} occurs twice.")
            found[key] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        raise TableError(f"{where}: this is no valid JSON ({error.msg} at {place}).") from error
    except RecursionError as error:
        raise TableError(f"{where}: this JSON is nested too deeply.") from error
