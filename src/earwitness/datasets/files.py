"""The text of a table, whatever program saved it; what is no text is refused in a sentence."""

from __future__ import annotations

import codecs
from pathlib import Path

from earwitness.common.errors import TableError

# First bytes of what people hand over instead of a table.
_WORKBOOKS = {
    b"PK\x03\x04": "a workbook or an archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed file",
}


def read_text(path: Path) -> str:
    """The whole text of a file: UTF-8 with or without byte order mark, or UTF-16 with one.

    Raises
    ------
    TableError
        There is no such file, it cannot be read, or it is not text in these encodings; the message gives the
        line of the first byte that is none.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path} cannot be read: {error.strerror or error}.") from error
    for magic, what in _WORKBOOKS.items():
        if data.startswith(magic):
            raise TableError(f"{path.name} is {what}, not a text table: save it as CSV (UTF-8).")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        encoding = "UTF-16" if wide else "UTF-8"
        raise TableError(
            f"{path.name}, line {line}: byte 0x{data[error.start]:02x} is not {encoding}: "
            "save the table as UTF-8."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TableError(f"{path.name}, line {line}: there is a zero byte: this is not a text table.")
    return text
