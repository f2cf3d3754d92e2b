"""The latest patches of a sound: the tags of each, and which patches lie in a stretch of time."""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.timeline.rolling import Rolling

HOP_SECONDS, PATCH_SECONDS = 0.48, 0.975
# a patch is about a stretch of which it holds at least this much
LEAST_SECONDS = 0.27


def patches_of(start: float, end: float) -> tuple[int, int]:
    """The patches about a stretch of time, at least one: first and last (not included).

    >>> patches_of(0.0, 0.9), patches_of(5.06, 5.31)
    ((0, 2), (10, 11))
    """
    first = max(0, int(np.floor((start - PATCH_SECONDS + LEAST_SECONDS) / HOP_SECONDS)) + 1)
    return first, max(first + 1, int(np.ceil((end - LEAST_SECONDS) / HOP_SECONDS)))


def likeness(one: Floats, other: Floats) -> float:
    """Cosine of the roots of two rows of probabilities (Bhattacharyya): 1 for the same, 0 for none shared."""
    a, b = np.sqrt(one.astype(np.float64)), np.sqrt(other.astype(np.float64))
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12))


class Patches(Rolling):
    """Tags of patches: rows (axes,)."""

    def mean(self, first: int, last: int) -> Floats:
        """Mean tags of patches that are held."""
        rows = self.rows(first, last)
        return np.asarray(rows.mean(0), np.float32)
