"""One list of captions out of whatever they are kept in; header rows are never among them.

The published preparation script reads every row of a table, its header too, and of AudioCaps' own tables the
column of YouTube ids; lists that it made are read here without the headers, and ids are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.common.errors import OptionError, TableError
from earwitness.common.files import whole_file
from earwitness.datasets.columns import ALL_CAPTIONS, ONE_CAPTION
from earwitness.datasets.files import read_text
from earwitness.datasets.rows import Row, read_rows

TEXT = (".txt", ".text", ".lst", "")
NUMBERED = re.compile(r"(?:caption|raw|reference|ref)[_ ]?\d+")
HEADER = re.compile(r"captions?|caption[_ ]\d+|file[_ ]?name|youtube_id|audiocap_id|start_time|raw_\d+", re.I)
YOUTUBE_ID = re.compile(r"[\w-]{11}")


@dataclass(frozen=True)
class CaptionList:
    """Captions in their order, single spaces, and what was left out on the way."""

    captions: tuple[str, ...]
    empty: int = 0
    repeated: int = 0
    headers: int = 0


def read_captions(
    paths: Sequence[Path], *, keep_repeats: bool = False, keep_headers: bool = False
) -> CaptionList:
    """Read captions of any number of files, each by its extension.

    Parameters
    ----------
    paths : sequence of Path
        Plain text, a caption a line; JSON: a list of captions, objects with captions, or captions by clip;
        JSON lines; or a table with a header (csv, tsv) as AudioCaps, WavCaps and Clotho have them.
    keep_repeats : bool
        Keep captions that were there before; else each is kept once.
    keep_headers : bool
        Keep words such as "caption_1", which the published preparation script leaves among the captions.

    Raises
    ------
    TableError
        A file cannot be read, has no captions, or holds YouTube ids in their place.
    """
    kept: dict[str, int] = {}
    order: list[str] = []
    empty = repeated = headers = 0
    for path in paths:
        for raw in _captions(path):
            caption = " ".join(raw.split())
            if not caption:
                empty += 1
            elif HEADER.fullmatch(caption) and not keep_headers:
                headers += 1
            elif caption in kept and not keep_repeats:
                repeated += 1
            else:
                repeated += caption in kept
                kept[caption] = 1
                order.append(caption)
    found = CaptionList(tuple(order), empty, repeated, headers)
    _check(found, paths)
    return found


def write_captions(captions: Sequence[str], path: Path) -> None:
    """Write a list as ``.txt`` (a caption a line), ``.json`` (a list) or ``.jsonl`` (objects).

    Raises
    ------
    OptionError
        The extension is none of these.
    """
    kind = path.suffix.lower()
    if kind == ".json":
        text = json.dumps(list(captions), ensure_ascii=False, indent=0) + "\n"
    elif kind in (".txt", ".jsonl"):
        lines = (
            captions if kind == ".txt" else [json.dumps({"caption": c}, ensure_ascii=False) for c in captions]
        )
        text = "".join(f"{line}\n" for line in lines)
    else:
        raise OptionError(f"a list of captions is written as .txt, .json or .jsonl, not as {path.name!r}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.encode())


def _captions(path: Path) -> Iterator[str]:
    kind = path.suffix.lower()
    if kind in TEXT:
        yield from read_text(path).splitlines()
        return
    if kind == ".json":
        plain = _plain_json(path)
        if plain is not None:
            yield from plain
            return
    for row in read_rows(path):
        yield from _of_row(row)


def _plain_json(path: Path) -> list[str] | None:
    """The captions of a bare list, or of WavCaps' {"data": [{"caption": ...}]}; None where it is neither."""
    try:
        table: Any = json.loads(read_text(path))
    except (json.JSONDecodeError, RecursionError):
        return None  # read_rows says what is wrong with it
    if isinstance(table, dict) and isinstance(table.get("data"), list):
        rows = [r.get("caption") if isinstance(r, dict) else r for r in table["data"]]
        return [str(r) for r in rows if r is not None]
    if isinstance(table, list) and table and all(isinstance(r, str) for r in table):
        return table
    return None


def _of_row(row: Row) -> list[str]:
    for column in ALL_CAPTIONS:
        if column in row.cells:
            value = row.cells[column]
            return [str(v or "") for v in value] if isinstance(value, list) else [str(value or "")]
    numbered = [str(v or "") for column, v in row.cells.items() if NUMBERED.fullmatch(column)]
    if numbered:
        return numbered
    for column in reversed(ONE_CAPTION):
        if column in row.cells:
            return [str(row.cells[column] or "")]
    raise TableError(
        f"{row.where}: no column holds a caption; there are {', '.join(row.cells) or 'none'}, and caption, "
        "captions or caption_1, caption_2 and so on are expected in a header row."
    )


def _check(found: CaptionList, paths: Sequence[Path]) -> None:
    names = ", ".join(p.name for p in paths)
    if not found.captions:
        raise TableError(f"there is no caption in {names or 'no file at all'}.")
    ids = sum(bool(YOUTUBE_ID.fullmatch(c)) for c in found.captions)
    if ids > len(found.captions) / 2:
        raise TableError(
            f"{ids} of {len(found.captions)} lines in {names} look like YouTube ids, such as "
            f"{found.captions[0]!r}; prepare the list again from the table of captions."
        )
