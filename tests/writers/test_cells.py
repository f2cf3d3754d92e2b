"""Rows of csv files, whoever writes them: what is read back is what was written, and no formula."""

from __future__ import annotations

import csv
import io

import pytest

from earwitness.archive.results import Hit
from earwitness.archive.telling.output import written
from earwitness.batch.rows import encode, rows_of
from earwitness.captioning.options import Outcome
from earwitness.common.caption import Caption, Keyword
from earwitness.writers import get_writer
from earwitness.writers.cells import csv_row

NAME = "take\rtwo, 'final'\n.wav"
BARK = (Keyword("Bark", 0.9), Keyword("Dog", 0.25))


def read(content: bytes | str) -> list[dict[str, str]]:
    text = content.decode() if isinstance(content, bytes) else content
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("cell", ["a\rb", "a\nb", 'a"b', "a,b", " a ", "ä", ""])
def test_a_cell_is_read_back(cell: str) -> None:
    assert list(csv.reader(io.StringIO(csv_row([cell, 1]), newline=""))) == [[cell, "1"]]


def test_a_name_with_a_carriage_return_breaks_no_row_of_any_table() -> None:
    caption = Caption(NAME, 0, 1, "A dog barks", 0.9, BARK)
    hit = Hit(NAME, 0, 1, "A dog barks", 0.8, BARK, (), 1, 0.9, 1.0, ())
    batch = list(rows_of(NAME, Outcome(NAME, (caption,))))
    with get_writer("csv", (out := io.StringIO())) as writer:
        writer.write(caption)
    tables = [out.getvalue(), written([hit], "csv"), encode(batch, "csv", embeddings=False, facts={})]
    for row, *more in map(read, tables):
        assert not more and row["path"] == NAME and row["keywords"] == "Bark=0.90; Dog=0.25"
