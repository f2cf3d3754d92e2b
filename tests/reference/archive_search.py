"""A search of an archive that weighs every event in full, one by one: the rule of search.py in plain words."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from earwitness.archive import SearchOptions
from earwitness.archive.finding.words import content_words, expression
from earwitness.archive.store.packing import unpack_keywords, unpack_vectors

NEAR = 0.8


def plain_search(path: Path, encoder: Any, query: str, options: SearchOptions) -> list[int]:
    """All events, best first, of an encoder that places a query as it places a caption."""
    with sqlite3.connect(path) as db:
        texts, keys = (_bm25(db, index, query) for index in ("words", "names"))
        meanings = dict(db.execute("SELECT id, vector FROM texts"))
        rows = db.execute('SELECT id, text, "end" - start, keywords, vector FROM events').fetchall()
    q = encoder.embed_text([query])[0]
    ids, sound, words, meaning, evidence, vectors = [], [], [], [], [], []
    for event, text, seconds, keywords, vector in rows:
        v = unpack_vectors([vector], len(q))[0]
        key = max([keys.get(k, 0) * s**0.5 for k, s in unpack_keywords(keywords)], default=0)
        ids.append(event)
        vectors.append(v)
        sound.append(float(v @ q))
        words.append(0.5 * (texts.get(text, 0) + key))
        meaning.append(float(unpack_vectors([meanings[text]], len(q))[0] @ q))
        evidence.append(min(1.0, seconds / options.brief) ** 0.5)

    def relevance(sound: list[float], meaning_weight: float) -> np.ndarray:
        total = np.zeros(len(ids))
        for weight, scores in ((options.sound, sound), (options.words, words), (meaning_weight, meaning)):
            weighed = np.array(scores) * evidence
            total += weight * weighed / weighed.max() if weighed.max() > 0 else 0
        return total

    first = relevance(sound, options.meaning)
    best = sorted(range(len(ids)), key=lambda i: (-first[i], ids[i]))[: options.feedback_from]
    meant = q.astype(float)
    for i in best:  # one that is as good as the best counts by 1, one that is 0.8 times as good by 0
        near = max(first[i] / first[best[0]] - NEAR, 0) / (1 - NEAR)
        meant += options.feedback * near * vectors[i] / options.feedback_from
    last = relevance([float(v @ meant) for v in vectors], 0.0)
    return [ids[i] for i in sorted(range(len(ids)), key=lambda i: (-round(last[i], 5), ids[i]))]


def _bm25(db: sqlite3.Connection, index: str, query: str) -> dict[int, float]:
    ask = f"SELECT rowid, -bm25({index}) FROM {index} WHERE {index} MATCH ?"
    found = dict(db.execute(ask, [expression(content_words(query))]))
    return {row: score / max(found.values()) for row, score in found.items()}
