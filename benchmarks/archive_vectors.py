"""The archive's columns beside libraries for vectors: build, size, time, recall."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TOP = 20


def measure(shared: Path, count: int) -> dict[str, Any]:
    """The same vectors and queries for each; times are the processor's, on one thread."""
    from archive_scale import QUERIES, Made

    from earwitness.encoders.tags.encoder import TagEncoder

    encoder = TagEncoder()
    made = Made(shared, encoder.axis_names)
    vectors = np.stack([c.embedding for _ in range(count // 10) for c in made.file(10)])
    queries = encoder.embed_text(list(QUERIES))
    exact = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :TOP]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, build in (
            ("columns of this archive", columns),
            ("usearch, HNSW, int8", lambda v, p: usearch(v, p, "i8")),
            ("usearch, HNSW, float16", lambda v, p: usearch(v, p, "f16")),
            ("usearch, exact, float16", usearch_exact),
            ("sqlite-vec, float32", lambda v, p: sqlite_vec(v, p, "float")),
            ("sqlite-vec, int8", lambda v, p: sqlite_vec(v, p, "int8")),
        ):
            row = measured(name, build, vectors, queries, exact, Path(folder) / "vectors")
            rows.append(row)
            print(row, flush=True)
    import sqlite3

    extensions = hasattr(sqlite3.Connection, "enable_load_extension")
    return {"events": count, "rows": rows, "extensions": extensions}


Search = Callable[[np.ndarray], np.ndarray]


def measured(
    name: str,
    build: Callable[[np.ndarray, Path], tuple[Search, int]],
    vectors: np.ndarray,
    queries: np.ndarray,
    exact: np.ndarray,
    path: Path,
) -> dict[str, Any]:
    """One way: how fast it is built and searched, and how much it finds of what is best."""
    for old in path.parent.glob("vectors*"):
        old.unlink()
    start = time.process_time()
    search, size = build(vectors, path)
    rate = len(vectors) / (time.process_time() - start)
    search(queries[0])
    times, recalls = [], []
    for query, best in zip(queries, exact, strict=True):
        start = time.process_time()
        found = search(query)
        times.append(time.process_time() - start)
        recalls.append(len(set(found.tolist()) & set(best.tolist())) / TOP)
    figures = {"rate": rate, "bytes": size / len(vectors), "search": statistics.median(times)}
    return {"name": name, **figures, "recall": float(np.mean(recalls))}


def columns(vectors: np.ndarray, path: Path) -> tuple[Search, int]:
    """Columns and whole rows, as an archive has them, without captions and words."""
    from earwitness.archive.finding.candidates import find_candidates
    from earwitness.archive.finding.query import Query
    from earwitness.archive.options import SearchOptions
    from earwitness.archive.store.database import connect, transaction
    from earwitness.archive.store.writing import Rows, Stamp
    from earwitness.common.caption import Caption

    connection = connect(path, create=True)
    rows = Rows(connection)
    for first in range(0, len(vectors), 4000):
        with transaction(connection):
            captions = [Caption("", 0, 10, "", 1, embedding=v) for v in vectors[first : first + 4000]]
            rows.put_file(b"%d" % first, Stamp(0, 0, None), captions)
            rows.seal()
    with transaction(connection):
        from earwitness.archive.store.blocks import seal

        seal(connection, 1)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    options = SearchOptions(words=0, meaning=0, brief=0)
    nothing = np.zeros((0, vectors.shape[1]), np.float32)

    def search(query: np.ndarray) -> np.ndarray:
        asked = Query(None, None, query, (), nothing)
        found = find_candidates(connection, asked, None, options, len(query))
        return found.events[np.argsort(-(found.vectors @ query), kind="stable")[:TOP]] - 1

    return search, path.stat().st_size


def usearch(vectors: np.ndarray, path: Path, kind: str) -> tuple[Search, int]:
    """A graph in a file of its own."""
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="ip", dtype=kind)
    index.add(np.arange(len(vectors)), vectors, threads=1)
    index.save(str(path))
    return lambda q: index.search(q, TOP, threads=1).keys.astype(np.int64), path.stat().st_size


def usearch_exact(vectors: np.ndarray, path: Path) -> tuple[Search, int]:
    """Every vector looked at, all of them in memory."""
    from usearch.index import search

    half = vectors.astype(np.float16)
    found = lambda q: search(half, q.astype(np.float16), TOP, "ip", exact=True, threads=1)  # noqa: E731
    return lambda q: found(q).keys.astype(np.int64), half.nbytes


def sqlite_vec(vectors: np.ndarray, path: Path, kind: str) -> tuple[Search, int]:
    """A table in the same SQLite file; through apsw, for many Pythons' own sqlite3 loads no extensions."""
    import apsw
    import sqlite_vec as extension

    connection = apsw.Connection(str(path))
    connection.enable_load_extension(True)
    connection.load_extension(extension.loadable_path())
    metric = " distance_metric=cosine"
    connection.execute(f"CREATE VIRTUAL TABLE v USING vec0 (e {kind}[{vectors.shape[1]}]{metric})")
    cast = "vec_int8(?)" if kind == "int8" else "?"

    def packed(vector: np.ndarray) -> bytes:
        return (np.rint(vector * 127).astype(np.int8) if kind == "int8" else vector).tobytes()

    with connection:
        connection.executemany(
            f"INSERT INTO v (rowid, e) VALUES (?, {cast})", ((i, packed(v)) for i, v in enumerate(vectors))
        )
    ask = f"SELECT rowid FROM v WHERE e MATCH {cast} AND k = {TOP} ORDER BY distance"
    return lambda q: np.array([r[0] for r in connection.execute(ask, (packed(q),))]), path.stat().st_size
