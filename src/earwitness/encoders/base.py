"""The contract of an audio–text model: one shared space in which a dot product is a cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip

Embeddings = npt.NDArray[np.float32]
"""(n, dim) float32, every row of unit length."""


@runtime_checkable
class AudioTextEncoder(Protocol):
    """Sounds and sentences in one space.

    The same sound gives the same vector alone, in a batch or in another order; there is no random crop.
    A clip longer than ``window_seconds`` is the mean of its windows' embeddings, normalised again.
    """

    name: str
    rate: int
    """Sample rate of the clips it takes, in Hz."""
    window_seconds: float
    dim: int

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Embed clips: (n, dim)."""
        ...

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """Embed sentences: (n, dim)."""
        ...


def normalise(vectors: npt.NDArray[np.floating]) -> Embeddings:
    """Scale every row to unit length; a zero row stays zero.

    >>> normalise(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
