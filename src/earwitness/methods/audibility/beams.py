"""Partial captions of one sound, ordered by their mean log-probability a token; plain Python, no tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any


@dataclass(frozen=True)
class Beam:
    """A caption so far.

    ``row`` is the row of the language model's state that it goes on from, before it is extended; of a stopped
    one it says nothing. ``unguided`` is the log-probability that the language model left alone gives it.
    ``trace`` holds one entry a token where an explanation was asked for.
    """

    tokens: tuple[int, ...] = ()
    logprob: float = 0.0
    stopped: bool = False
    row: int = 0
    unguided: float = 0.0
    trace: tuple[dict[str, Any], ...] = ()

    @property
    def mean(self) -> float:
        """Log-probability a token."""
        return self.logprob / max(1, len(self.tokens))


def extend(
    beams: Sequence[Beam],
    choices: Mapping[int, Sequence[tuple[int, float, float]]],
    most: int,
    ends: frozenset[int],
) -> list[Beam]:
    """The best beams one token later.

    A stopped beam stays as it is and competes with its own mean (the published program lets it go on with
    tokens of log-probability zero and does not count them: the same).

    Parameters
    ----------
    beams : of one sound
    choices : row of the state -> its likeliest tokens with their log-probabilities, guided and unguided, at
        least ``most`` of them
    most : beams kept
    ends : tokens that stop a beam

    Returns
    -------
    at most ``most`` beams, best first; of equals the one whose parent, then whose token, stands first

    Examples
    --------
    >>> choices = {0: [(7, -0.5, -2.0), (9, -1.0, -1.0)], 1: [(9, -0.1, -3.0), (7, -3.0, -1.0)]}
    >>> new = extend([Beam((1,), -1.0, row=0), Beam((2,), -2.0, row=1)], choices, 2, frozenset([9]))
    >>> [(b.tokens, b.logprob, b.stopped) for b in new]
    [((1, 7), -1.5, False), ((1, 9), -2.0, True)]
    """
    ways: list[Beam] = []
    for beam in beams:
        if beam.stopped:
            ways.append(beam)
            continue
        for token, logprob, alone in choices[beam.row]:
            sums = beam.logprob + logprob, beam.unguided + alone
            tokens = (*beam.tokens, token)
            ways.append(Beam(tokens, sums[0], token in ends, beam.row, sums[1], beam.trace))
    return sorted(ways, key=lambda b: -b.mean)[:most]


def live(clips: Sequence[Sequence[Beam]]) -> list[tuple[int, Beam]]:
    """The beams that are not stopped, clip after clip, each with its clip's number."""
    return [(i, beam) for i, clip in enumerate(clips) for beam in clip if not beam.stopped]


def numbered(clips: Sequence[Sequence[Beam]]) -> list[list[Beam]]:
    """Beams whose rows are those of a state that holds the live ones alone, in the order of ``live``.

    >>> [b.row for b in numbered([[Beam(row=5), Beam(stopped=True)], [Beam(row=5)]])[1]]
    [1]
    """
    rows = count()
    return [[beam if beam.stopped else replace(beam, row=next(rows)) for beam in clip] for clip in clips]
