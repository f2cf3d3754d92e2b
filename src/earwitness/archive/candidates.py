"""The events worth weighing: a quick look at all of them, by rounded columns."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.archive.blocks import parts
from earwitness.archive.filters import Allowed
from earwitness.archive.options import SearchOptions
from earwitness.archive.packing import unpack_vectors
from earwitness.archive.query import Query
from earwitness.archive.words import WordMatch, named

Floats = npt.NDArray[np.float32]

CANDIDATES = 4096  # events that are weighed by their whole embeddings
COVERED = 0.99  # of a query's squared length, by the axes that are read
MOST_AXES = 192
AT_ONCE = 1000  # events asked for in one statement


@dataclass(frozen=True, eq=False)
class Candidates:
    """Events to be weighed, all arrays of one length, in the order of the events' ids."""

    events: npt.NDArray[np.int64]
    vectors: Floats
    words: Floats  # how well caption and keywords match the query's words, 0..1
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
        return Candidates(np.zeros(0, np.int64), np.zeros((0, dim), np.float32), nothing, nothing)
    events, sound, said, seconds = (np.concatenate(column) for column in zip(*kept, strict=True))
    relevance = fused(sound, said, seconds, options)
    best = _best(relevance, max(CANDIDATES, 2 * options.top))
    return _whole(connection, events[best], said[best], seconds[best], dim)


def strong_axes(vector: Floats) -> npt.NDArray[np.intp]:
    """The axes that carry a query, in ascending order.

    >>> strong_axes(np.array([0.0, 0.8, 0.01, -0.6], np.float32)).tolist()
    [1, 3]
    """
    order = np.argsort(-np.abs(vector), kind="stable")
    carried = np.cumsum(vector[order] ** 2)
    enough = int(np.searchsorted(carried, COVERED * carried[-1])) + 1
    return np.sort(order[: min(enough, MOST_AXES)])


def fused(sound: Floats, words: Floats, seconds: Floats, options: SearchOptions) -> Floats:
    """How relevant events are: sound and words, each divided by its best, by their weights: (n,)."""
    evidence = np.ones_like(seconds)
    if options.brief:
        evidence = np.sqrt(np.minimum(seconds / options.brief, 1.0))
    return np.asarray(
        options.sound * _of_best(sound * evidence) + options.words * _of_best(words), np.float32
    )


def _of_best(scores: Floats) -> Floats:
    best = scores.max(initial=0.0)
    return np.asarray(scores / best if best > 0 else np.zeros_like(scores), np.float32)


def _best(relevance: Floats, count: int) -> npt.NDArray[np.intp]:
    if len(relevance) <= count:
        return np.arange(len(relevance))
    return np.sort(np.argpartition(-relevance, count)[:count])


def _whole(
    connection: sqlite3.Connection, events: npt.NDArray[np.int64], words: Floats, seconds: Floats, dim: int
) -> Candidates:
    blobs: list[bytes | None] = []
    for start in range(0, len(events), AT_ONCE):
        some = events[start : start + AT_ONCE].tolist()
        marks = ",".join("?" * len(some))
        ask = f"SELECT vector FROM events WHERE id IN ({marks}) ORDER BY id"
        blobs += [row[0] for row in connection.execute(ask, some)]
    return Candidates(events, unpack_vectors(blobs, dim), words, seconds)
