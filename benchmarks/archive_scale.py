"""An archive that grows: index speed, search times, file size and memory at every size."""

from __future__ import annotations

import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

EVENTS_A_FILE = 10
BATCH = 4000  # events a commit
SIZES = (1_000, 10_000, 100_000, 300_000, 1_000_000)
QUERIES = (
    "a dog barks far away", "rain on a tin roof", "a helicopter flies overhead", "someone sneezes twice",
    "church bells ring", "a motorcycle accelerates", "birds chirp in the morning", "a baby cries",
    "waves crash on rocks", "a chainsaw cuts wood", "people clap and cheer", "a train passes by",
    "glass breaks", "thunder rolls", "a cat meows", "water drips", "a man gives a speech",
    "an engine idles", "footsteps on gravel", "a siren wails",
)  # fmt: skip


def measure(shared: Path, events: int, folder: Path) -> dict[str, Any]:
    """Grow one archive through ``SIZES``, searching it at each."""
    from earwitness.archive.store.blocks import parts, seal
    from earwitness.archive.store.database import connect, transaction
    from earwitness.archive.store.writing import Rows, Stamp, remember
    from earwitness.encoders.tags.encoder import TagEncoder

    path = folder / "scale.db"
    for old in folder.glob("scale.db*"):
        old.unlink()
    encoder = TagEncoder()
    made = Made(shared, encoder.axis_names)
    connection = connect(path, create=True)
    rows = Rows(connection, made.embed_text)
    with transaction(connection):
        remember(connection, encoder="tags", dim=str(encoder.dim), cut="segments of 10 s")
    out, count, file = [], 0, 0
    writing, processing = 0.0, 0.0
    for size in [s for s in SIZES if s <= events]:
        before, begun, worked = count, writing, processing
        while count < size:
            batch = [made.file(EVENTS_A_FILE) for _ in range(min(BATCH, size - count) // EVENTS_A_FILE)]
            start, work = time.perf_counter(), time.process_time()
            with transaction(connection):
                for captions in batch:
                    file += 1
                    stamp = Stamp(file, file, file.to_bytes(16, "big"))
                    rows.put_file(f"/archive/{file // 1000:03d}/{file:06d}.wav".encode(), stamp, captions)
                    count += len(captions)
                rows.seal()
            writing += time.perf_counter() - start
            processing += time.process_time() - work
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with transaction(connection):
            seal(connection, 1)
        row = searched(path)
        row["cpu_rate"] = (count - before) / (processing - worked)
        row |= {"events": count, "rate": (count - before) / (writing - begun)}
        row |= {
            "bytes": path.stat().st_size / count,
            "blocks": sum(1 for _ in parts(connection, encoder.dim)),
        }
        out.append(row)
        print(json.dumps(row), flush=True)
    return {"sizes": out, "captions": len(made.captions)}


def searched(path: Path) -> dict[str, float]:
    """Search times and memory, in a new process; what that costs from its start, too."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, str(path)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # as the command line does
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return {**figures, "process": time.perf_counter() - start}


def _searches(path: Path) -> dict[str, float]:
    from datetime import datetime

    import earwitness.archive as archives
    from earwitness.archive import Filters, SearchOptions

    plain, filtered = (
        SearchOptions(),
        SearchOptions(
            without=("traffic",),
            filters=Filters(min_confidence=0.5, longer=2, path="*/archive/00*", since=datetime(1970, 1, 1)),
        ),
    )
    with archives.open(path) as archive:
        start = time.process_time()
        archive.search(QUERIES[-1])
        first = time.process_time() - start
        plain_times = [_timed(archive, q, plain) for q in QUERIES]
        filtered_times = [_timed(archive, q, filtered) for q in QUERIES]
        event = archive.search(QUERIES[0])[0].event
        start = time.process_time()
        archive.similar(event)
        similar = time.process_time() - start
    return {
        "first": first,
        "median": statistics.median(clock for clock, _ in plain_times),
        "cpu": statistics.median(cpu for _, cpu in plain_times),
        "slowest": max(cpu for _, cpu in plain_times),
        "filtered": statistics.median(cpu for _, cpu in filtered_times),
        "similar": similar,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _timed(archive: Any, query: str, options: Any) -> tuple[float, float]:
    """A search's time on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    archive.search(query, options)
    return time.perf_counter() - clock, time.process_time() - processor


class Made:
    """Real captions, and embeddings that are mixtures of the background's sounds."""

    def __init__(self, shared: Path, names: tuple[str, ...]) -> None:
        from earwitness.encoders.background import Background
        from earwitness.encoders.runtime import asset

        self.rng = np.random.default_rng(21)
        self.sounds = Background.read(asset("background.safetensors")).sounds
        self.names = names
        self.captions = sorted(set(_captions(shared)))
        self._stock: Iterator[Any] = iter(())

    def embed_text(self, texts: Any) -> np.ndarray:
        """Made: a captioner has computed these already."""
        return np.stack([self.sounds[hash(t) % len(self.sounds)] for t in texts])

    def file(self, count: int) -> list[Any]:
        """A file's captions, each ten seconds long."""
        from earwitness.common.caption import Caption, Keyword

        out = []
        for i in range(count):
            text, vector, best, values, score = self._next()
            keywords = tuple(Keyword(self.names[b], float(v)) for b, v in zip(best, values, strict=True))
            out.append(
                Caption("", 10.0 * i, 10.0 * i + 10, text, score, keywords, "wsac", "tags", embedding=vector)
            )
        return out

    def _next(self) -> Any:
        row = next(self._stock, None)
        if row is None:
            self._stock = self._batch(8000)
            row = next(self._stock)
        return row

    def _batch(self, count: int) -> Iterator[Any]:
        weights = self.rng.dirichlet([0.5] * 3, count).astype(np.float32)
        picked = self.rng.integers(len(self.sounds), size=(count, 3))
        vectors = np.einsum("nk,nkd->nd", weights, self.sounds[picked])
        vectors *= self.rng.uniform(0.7, 1.3, vectors.shape).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        named = vectors[:, : len(self.names)]
        best = np.argsort(-named, axis=1)[:, :5]
        values = np.take_along_axis(named, best, 1) ** 2
        texts = self.rng.integers(len(self.captions), size=count)
        scores = self.rng.uniform(0, 1, count)
        for i in range(count):
            yield self.captions[texts[i]], vectors[i], best[i].tolist(), values[i].tolist(), float(scores[i])


def _captions(shared: Path) -> Iterator[str]:
    for table, columns in (
        ("audiocaps", ("caption",)),
        ("clotho", tuple(f"caption_{i}" for i in range(1, 6))),
    ):
        with (shared / "data" / table / "train.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield from (row[c] for c in columns if row.get(c))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
    print(json.dumps(_searches(Path(sys.argv[1]))))
