"""From a query to what was found: candidates, relevance feedback, and why.

A sentence names what it means ("helicopter"), a sound holds more (engine, aircraft, wind). So the best
results of a first ranking are taken for what the query means, and put beside it (Rocchio 1971): what sounds
like them comes up, whatever its caption says. Each counts by how near it comes to the very best, for where an
archive has one goat, the second best result is none. The first ranking also goes by what captions mean.
"""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.archive.finding.candidates import Candidates, find_candidates, fused
from earwitness.archive.finding.query import Query
from earwitness.archive.finding.reading import read_hits
from earwitness.archive.finding.words import WordMatch
from earwitness.archive.options import SearchOptions
from earwitness.archive.results import Hit
from earwitness.common.arrays import Floats, by_rows
from earwitness.encoders.background import Background, calibrated

if TYPE_CHECKING:
    from collections.abc import Collection


NEAR = 0.8  # of the best one's relevance; less is no evidence of what a query means
FITS_TOO_WELL = 0.99  # calibrated match from which a sound counts as what is not wanted


def search(
    connection: sqlite3.Connection,
    query: Query,
    options: SearchOptions,
    background: Background | None,
    leave_out: Collection[int] = (),
) -> list[Hit]:
    """What an archive has for a query, best first.

    Parameters
    ----------
    connection : sqlite3.Connection
        Inside a snapshot.
    query : Query
    options : SearchOptions
    background : Background, optional
        The encoder's for queries; calibrates scores.
    leave_out : collection of int
        Events that are not given.
    """
    words = query_words(connection, query, options)
    return read_hits(connection, ranked(connection, query, words, options, background, leave_out), words)


def query_words(connection: sqlite3.Connection, query: Query, options: SearchOptions) -> WordMatch | None:
    """A query's words looked up, where it has any and they weigh anything."""
    return WordMatch.find(connection, query.text) if query.text and options.words else None


def ranked(
    connection: sqlite3.Connection,
    query: Query,
    words: WordMatch | None,
    options: SearchOptions,
    background: Background | None,
    leave_out: Collection[int] = (),
) -> list[tuple[int, float, float]]:
    """The best events with their scores and relevance, best first.

    A sound alone is a whole query: what is nearest to it comes first, itself before all, however short it is.
    """
    if query.text is None:
        options = replace(options, feedback=0.0, brief=0.0)
    found = find_candidates(connection, query, words, options, len(query.vector))
    keep = wanted(found, query, background)
    keep &= ~np.isin(found.events, list(leave_out))
    found = Candidates(*(column[keep] for column in vars(found).values()))
    if not len(found.events):
        return []
    relevance = weigh(found, query, options)
    best = np.lexsort((found.events, -relevance))[: options.top]
    cosines = by_rows(found.vectors[best], query.vector)
    # how sentences match sounds says nothing of how sounds match each other
    scores = calibrated(cosines, None if query.by_sound else background)
    return list(zip(found.events[best].tolist(), scores.tolist(), relevance[best].tolist(), strict=True))


def weigh(found: Candidates, query: Query, options: SearchOptions) -> Floats:
    """The relevance of candidates, the best of them taken for what the query means: (n,)."""
    near = by_rows(found.vectors, query.vector)  # the same for two that were heard alike, to the last bit
    first = fused(near, found.words, found.meaning, found.seconds, options)
    if not options.feedback or not options.sound:
        return first
    best = np.lexsort((found.events, -first))[: options.feedback_from]
    meaning = nearness(first[best]) @ found.vectors[best] / options.feedback_from
    meant = np.asarray(query.vector + options.feedback * meaning, np.float32)
    near = by_rows(found.vectors, meant)
    return fused(near, found.words, np.zeros_like(found.words), found.seconds, options)


def nearness(relevance: Floats) -> Floats:
    """How near results, best first, come to the best: 1 for the best itself, 0 from ``NEAR`` down: (n,).

    >>> nearness(np.array([1.5, 1.35, 0.3], np.float32)).round(2).tolist()
    [1.0, 0.5, 0.0]
    """
    if relevance[0] <= 0:
        return np.zeros_like(relevance)
    return np.asarray(np.maximum(relevance / relevance[0] - NEAR, 0) / (1 - NEAR), np.float32)


def wanted(found: Candidates, query: Query, background: Background | None) -> npt.NDArray[np.bool_]:
    """Which candidates do not sound like what is not wanted: (n,).

    Where the encoder has no background to tell how much is much, a sound is not wanted that fits it at least
    as well as it fits the query.
    """
    keep = np.ones(len(found.events), bool)
    own = by_rows(found.vectors, query.vector)
    for vector in query.without_vectors:
        cosines = by_rows(found.vectors, vector)
        too_well = cosines >= own if background is None else calibrated(cosines, background) >= FITS_TOO_WELL
        keep &= ~np.asarray(too_well)
    return keep
