"""A part's rows as the bytes of one file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from earwitness.batch.rows import COLUMNS, schema
from earwitness.writers.text import FORMULA, inert

Rows = Sequence[dict[str, Any]]
# what a cell of a table cannot hold
NESTED = ("alternatives", "instead_of")


def encode(rows: Rows, format: str, *, embeddings: bool, facts: dict[str, str]) -> bytes:
    """One file of the output.

    Parameters
    ----------
    rows : sequence of dict
        See ``rows_of``.
    format : {"parquet", "jsonl", "csv"}
    embeddings : bool
        Of parquet: a column of vectors.
    facts : dict
        Of parquet: what the captions depend on, for the schema's metadata.
    """
    if format == "parquet":
        return _parquet(rows, embeddings, facts)
    return {"jsonl": _jsonl, "csv": _csv}[format](rows)


def _parquet(rows: Rows, embeddings: bool, facts: dict[str, str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    content = io.BytesIO()
    table = pa.Table.from_pylist(list(rows), schema=schema(embeddings, facts))
    pq.write_table(table, content, compression="zstd")
    return content.getvalue()


def _jsonl(rows: Rows) -> bytes:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return "".join(lines).encode("utf-8", "backslashreplace")


def _csv(rows: Rows) -> bytes:
    columns = [c for c in COLUMNS if c not in NESTED]
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        flat = {**row, "notes": "; ".join(row["notes"] or ())}
        flat["keywords"] = "; ".join(f"{k['text']}={k['score']:.2f}" for k in row["keywords"] or ())
        # as ``earwitness caption`` writes it: "./=1.wav" is the same file as "=1.wav"
        flat["path"] = f"./{row['path']}" if row["path"].startswith(FORMULA) else row["path"]
        table.writerow(["" if flat[c] is None else inert(flat[c]) for c in columns])
    return text.getvalue().encode("utf-8", "backslashreplace")
