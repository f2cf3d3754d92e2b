"""Rows of the output, one a caption, one a sound that failed; their columns; the bytes of a file of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from earwitness.captioning.options import Outcome
from earwitness.common.caption import Keyword
from earwitness.common.errors import AudioError
from earwitness.common.names import as_utf8
from earwitness.writers.cells import csv_row, keyword_cell, path_cell

COLUMNS = (
    "path", "start", "end", "text", "confidence", "fit", "keywords", "method", "encoder", "notes",
    "alternatives", "instead_of", "audibility", "status", "error",
)  # fmt: skip
OK = "ok"


def rows_of(name: str, outcome: Outcome, *, embeddings: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of one sound.

    Parameters
    ----------
    name : str
        What the rows' ``path`` says.
    outcome : Outcome
    embeddings : bool
        Keep the vector of what was heard, as a list of float32.

    Yields
    ------
    dict
        With the keys of ``COLUMNS``; ``status`` is "ok", or the kind of the error in one word.
    """
    path = as_utf8(name)
    if outcome.error is not None:
        words = str(outcome.error)
        if isinstance(outcome.source, str) and outcome.source != name:
            words = words.replace(outcome.source, name)
        status = outcome.error.status if isinstance(outcome.error, AudioError) else "error"
        yield {**dict.fromkeys(COLUMNS), "path": path, "status": status, "error": as_utf8(words)}
        return
    for caption in outcome.captions:
        row = {**dict.fromkeys(COLUMNS), **caption.to_dict(), "path": path, "status": OK}
        if embeddings:
            vector = caption.embedding
            row["embedding"] = None if vector is None else vector.astype("float32").tolist()
        row.pop("score")
        row.pop("trace", None)
        yield row


def failed(rows: Iterable[dict[str, Any]]) -> int:
    """How many rows stand for a sound that failed."""
    return sum(row["status"] != OK for row in rows)


def schema(embeddings: bool, facts: dict[str, str] | None = None) -> Any:
    """The columns of a parquet output, as a pyarrow schema.

    Parameters
    ----------
    embeddings : bool
        With a column of vectors.
    facts : dict, optional
        Put into the schema's metadata.
    """
    import pyarrow as pa

    text, number = pa.string(), pa.float32()
    keyword = pa.struct([("text", text), ("score", number)])
    sentence = pa.struct([("text", text), ("confidence", number), ("fit", number), ("audibility", number)])
    kinds = {
        "start": pa.float64(), "end": pa.float64(), "confidence": number, "fit": number,
        "keywords": pa.list_(keyword), "notes": pa.list_(text), "alternatives": pa.list_(sentence),
        "instead_of": sentence, "audibility": number,
    }  # fmt: skip
    columns = [pa.field(name, kinds.get(name, text), name not in ("path", "status")) for name in COLUMNS]
    columns += [pa.field("embedding", pa.list_(number))] if embeddings else []
    return pa.schema(columns, metadata=facts)


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
    lines = [csv_row(columns)]
    for row in rows:
        flat = {**row, "notes": "; ".join(row["notes"] or ()), "path": path_cell(row["path"])}
        flat["keywords"] = keyword_cell(Keyword(**k) for k in row["keywords"] or ())
        lines.append(csv_row(flat[c] for c in columns))
    return "".join(lines).encode("utf-8", "backslashreplace")
