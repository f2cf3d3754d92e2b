"""A sound event: where it begins and ends, and what was heard in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats

Embed: TypeAlias = Callable[[Floats], Floats]
"""Tags of windows (windows, axes) to a unit vector (dim,): ``embed_tags`` of an encoder."""


LEAST_REST = 0.05
"""An event whose strongest tag rises less than this above what lies under it is told by all of its tags."""


@dataclass(frozen=True, eq=False)
class Event:
    """A stretch of sound of one kind.

    ``background`` tells what goes on from what happens over it; events of the two kinds overlap. ``tags`` is
    the mean probability of every axis over the event's own patches (axes,), and ``vector`` the encoder's unit
    embedding of them (dim,).
    """

    start: float
    end: float
    background: bool
    tags: Floats
    vector: Floats

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return self.end - self.start


class TagMean:
    """The mean of patches' tags, and the embedding of stretches of ten seconds of them, as windows have
    it."""

    PATCHES = 20

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self.count = 0
        self._total: npt.NDArray[np.float64] | None = None
        self._vectors: npt.NDArray[np.float64] | None = None
        self._waiting: list[Floats] = []

    def add(self, tags: Floats) -> None:
        """One patch: (axes,)."""
        self.count += 1
        self._total = tags.astype(np.float64) if self._total is None else self._total + tags
        self._waiting.append(tags)
        if len(self._waiting) == self.PATCHES:
            self._close()

    def _close(self) -> None:
        vector = self._embed(np.mean(self._waiting, 0, keepdims=True)) * len(self._waiting)
        self._vectors = vector.astype(np.float64) if self._vectors is None else self._vectors + vector
        self._waiting = []

    def event(self, start: float, end: float, background: bool, under: Floats | None = None) -> Event:
        """The event of all patches so far, at least one; less the tags of what lies ``under`` it."""
        if under is not None:
            mean = np.asarray(self._total / self.count, np.float32) if self._total is not None else under
            rest = np.maximum(mean - under, 0)
            if float(rest.max()) >= LEAST_REST:
                return Event(start, end, background, rest, self._embed(rest[None]))
        if self._waiting:
            self._close()
        assert self._total is not None and self._vectors is not None
        tags = np.asarray(self._total / self.count, np.float32)
        vector = np.asarray(self._vectors / max(float(np.linalg.norm(self._vectors)), 1e-12), np.float32)
        return Event(start, end, background, tags, vector)
