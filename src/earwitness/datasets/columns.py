"""Which columns hold clips and captions, in the layouts the field uses."""

from __future__ import annotations

import re
from typing import Any

from earwitness.common.errors import TableError
from earwitness.datasets.rows import Row

IDS = (
    "id", "clip", "clip_id", "sound_name", "file_name", "filename", "file", "fname", "path", "audio_path",
    "audio", "audio_id", "wav", "sound", "name",
)  # fmt: skip
ONE_CAPTION = (
    "prediction", "caption_predicted", "predicted_caption", "candidate", "text", "caption", "sentence",
)  # fmt: skip
ALL_CAPTIONS = ("captions", "references", "refs", "caption_references")
_NUMBERED = re.compile(r"(caption|raw|reference|ref)[_ ]?\d+")


def clip_id(row: Row) -> str:
    """What the clip of a row is called; in AudioCaps' own tables ``<youtube_id>_<start_time>``.

    Raises
    ------
    TableError
        No column or an empty cell holds it.

    >>> clip_id(Row("test.csv, line 2", {"youtube_id": "abc", "start_time": "30", "caption": "rain"}))
    'abc_30'
    """
    if "youtube_id" in row.cells and "start_time" in row.cells:
        return f"{_cell(row, 'youtube_id')}_{_cell(row, 'start_time')}"
    for column in (*IDS, "youtube_id"):
        if column in row.cells:
            return _cell(row, column)
    raise TableError(
        f"{row.where}: no column names the clip; {_there_are(row)}, one of {_list(IDS)} is expected."
    )


def one_caption(row: Row) -> str | None:
    """The predicted caption of a row; ``None`` where it is empty.

    Raises
    ------
    TableError
        No column holds one, or it is not text.
    """
    for column in (*ONE_CAPTION, "captions"):
        if column in row.cells:
            value = row.cells[column]
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            return None if value is None else _text(row, value).strip() or None
    raise TableError(
        f"{row.where}: no column holds a caption; {_there_are(row)}, one of {_list(ONE_CAPTION)} is expected."
    )


def all_captions(row: Row) -> list[str]:
    """The reference captions of a row: of a list, of numbered columns (empty ones left out) or of one column.

    Raises
    ------
    TableError
        No column holds one, one is not text, or there is none that is not empty.
    """
    captions = [_text(row, value).strip() for value in _references(row)]
    if not captions or "" in captions:
        raise TableError(f"{row.where}: {'a' if captions else 'every'} reference caption is empty.")
    return captions


def _references(row: Row) -> list[Any]:
    for column in ALL_CAPTIONS:
        if column in row.cells:
            value = row.cells[column]
            return value if isinstance(value, list) else [value]
    numbered = [value for column, value in row.cells.items() if _NUMBERED.fullmatch(column)]
    if numbered:
        return [value for value in numbered if value is not None and str(value).strip()]
    for column in reversed(ONE_CAPTION):
        if column in row.cells:
            return [row.cells[column]]
    raise TableError(
        f"{row.where}: no column holds reference captions; {_there_are(row)}, caption, captions or "
        "caption_1, caption_2 and so on are expected."
    )


def _cell(row: Row, column: str) -> str:
    value = row.cells[column]
    if not isinstance(value, str | int) or not str(value).strip():
        raise TableError(f"{row.where}: the cell under {column!r} does not name a clip.")
    return str(value).strip()


def _text(row: Row, value: Any) -> str:
    if not isinstance(value, str):
        raise TableError(f"{row.where}: a caption is text, not {type(value).__name__}.")
    return value


def _there_are(row: Row) -> str:
    return f"there are {_list(row.cells)}" if row.cells else "there are none"


def _list(names: Any) -> str:
    return ", ".join(names)
