"""The events worth weighing: a quick look at all of them, by rounded columns."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.archive.finding.filters import Allowed
from earwitness.archive.finding.query import Query
from earwitness.archive.finding.words import WordMatch, named
from earwitness.archive.options import SearchOptions
from earwitness.archive.store.blocks import parts
from earwitness.archive.store.packing import unpack_vectors
from earwitness.common.arrays import Floats, by_rows

CANDIDATES = 1000  # events that are weighed by their whole embeddings, and ten for each result at least
COVERED = 0.99  # of a query's squared length, by the axes that are read
MOST_AXES = 192
AT_ONCE = 1000  # events asked for in one statement


@dataclass(frozen=True, eq=False)
class Candidates:
    """Events to be weighed, all arrays of one length, in the order of the events' ids."""

    events: npt.NDArray[np.int64]
    vectors: Floats
    words: Floats  # how well caption and keywords match the query's words, 0..1
    meaning: Floats  # how well the caption's meaning matches the query's, cosines
    seconds: Floats


def find_candidates(
    connection: sqlite3.Connection, query: Query, words: WordMatch | None, options: SearchOptions, dim: int
) -> Candidates:
    """The events that match a query best, or nearly so."""
    axes = strong_axes(query.vector)
    allowed = Allowed(connection, options.filters)
    unwanted = [named(connection, text) for text in query.without]
    kept: list[tuple[np.ndarray, ...]] = []
    for part in parts(connection, dim):
        mask = allowed.mask(part)
        for match in unwanted:
            mask &= ~match.names_event(part)
        if not mask.any():
            continue
        sound = part.match(axes, query.vector[axes])
        seconds = np.asarray(part.fact("seconds"), np.float32)
        said = words.score(part) if words else np.zeros(part.count, np.float32)
        kept.append(tuple(a[mask] for a in (part.fact("event"), sound, said, seconds)))
    if not kept:
        nothing = np.zeros(0, np.float32)
        return Candidates(np.zeros(0, np.int64), np.zeros((0, dim), np.float32), *[nothing] * 3)
    events, sound, said, seconds = (np.concatenate(column) for column in zip(*kept, strict=True))
    relevance = fused(sound, said, np.zeros_like(said), seconds, options)
    best = _best(relevance, max(CANDIDATES, 10 * options.top))
    events = events[best]
    vectors, meaning = _whole(connection, events, query, dim, with_text=options.meaning > 0)
    return Candidates(events, vectors, said[best], meaning, seconds[best])


def strong_axes(vector: Floats) -> npt.NDArray[np.intp]:
    """The axes that carry a query, in ascending order.

    >>> strong_axes(np.array([0.0, 0.8, 0.01, -0.6], np.float32)).tolist()
    [1, 3]
    """
    order = np.argsort(-np.abs(vector), kind="stable")
    carried = np.cumsum(vector[order] ** 2)
    enough = int(np.searchsorted(carried, COVERED * carried[-1])) + 1
    return np.sort(order[: min(enough, MOST_AXES)])


def fused(sound: Floats, words: Floats, meaning: Floats, seconds: Floats, options: SearchOptions) -> Floats:
    """How relevant events are: sound, words and meaning, each divided by its best, by their weights: (n,)."""
    evidence = np.ones_like(seconds)
    if options.brief:
        evidence = np.sqrt(np.minimum(seconds / options.brief, 1.0))
    weighed = zip((options.sound, options.words, options.meaning), (sound, words, meaning), strict=True)
    return np.asarray(sum(w * _of_best(scores * evidence) for w, scores in weighed), np.float32)


def _of_best(scores: Floats) -> Floats:
    best = scores.max(initial=0.0)
    return np.asarray(scores / best if best > 0 else np.zeros_like(scores), np.float32)


def _best(relevance: Floats, count: int) -> npt.NDArray[np.intp]:
    if len(relevance) <= count:
        return np.arange(len(relevance))
    return np.sort(np.argpartition(-relevance, count)[:count])


def _whole(
    connection: sqlite3.Connection, events: npt.NDArray[np.int64], query: Query, dim: int, *, with_text: bool
) -> tuple[Floats, Floats]:
    """The events' whole embeddings (n, dim), and how near their captions' meaning is to the query's (n,)."""
    rows = _by_id(connection, "SELECT id, vector, text FROM events", events)
    vectors = unpack_vectors([row[1] for row in rows], dim)
    if query.text_vector is None or not with_text:
        return vectors, np.zeros(len(rows), np.float32)
    ids, where = np.unique(np.array([row[2] for row in rows], np.int64), return_inverse=True)
    texts = unpack_vectors([row[1] for row in _by_id(connection, "SELECT id, vector FROM texts", ids)], dim)
    return vectors, by_rows(texts, query.text_vector)[where]


def _by_id(connection: sqlite3.Connection, select: str, ids: npt.NDArray[np.int64]) -> list[Any]:
    rows: list[Any] = []
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE].tolist()
        rows += connection.execute(f"{select} WHERE id IN ({','.join('?' * len(some))}) ORDER BY id", some)
    return rows
