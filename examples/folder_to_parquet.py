"""A folder of sounds into one parquet file, a row a caption, as the captions come.

    python examples/folder_to_parquet.py recordings/ captions.parquet

Needs pyarrow (pip install 'earwitness[archive]'). What cannot be read is a row with its error, so that rows
and sounds can be counted against each other.
"""

from __future__ import annotations

import sys

import pyarrow
import pyarrow.parquet

import earwitness
from earwitness.audio import find_sounds
from earwitness.captioning.options import Outcome

SCHEMA = pyarrow.schema(
    [
        ("path", pyarrow.string()),
        ("start", pyarrow.float64()),
        ("end", pyarrow.float64()),
        ("text", pyarrow.string()),
        ("confidence", pyarrow.float64()),
        ("heard", pyarrow.list_(pyarrow.string())),
        ("notes", pyarrow.list_(pyarrow.string())),
        ("error", pyarrow.string()),
    ]
)


def rows(outcome: Outcome) -> list[dict[str, object]]:
    """One sound's rows: its captions, or why there are none."""
    if outcome.error is not None:
        return [{"path": str(outcome.source), "error": str(outcome.error)}]
    return [{**c.to_dict(), "heard": [k.text for k in c.keywords], "error": None} for c in outcome.captions]


def main(folder: str, output: str) -> None:
    sounds = [found.path for found in find_sounds([folder])]
    with pyarrow.parquet.ParquetWriter(output, SCHEMA) as table:
        for outcome in earwitness.load().caption_many(sounds):
            table.write_table(pyarrow.Table.from_pylist(rows(outcome), SCHEMA))
    print(f"{len(sounds)} sounds, {pyarrow.parquet.read_metadata(output).num_rows} rows in {output}")


if __name__ == "__main__":
    main(*sys.argv[1:])
