"""Embeddings and keywords as bytes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats

FULL = 65535  # a keyword's score of 1


def pack_vector(vector: Floats) -> bytes:
    """An embedding in half precision: a unit vector's cosines keep three digits.

    >>> unpack_vectors([pack_vector(np.array([0.6, 0.8], np.float32))], 2).round(3).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    return np.asarray(vector, "<f2").tobytes()


def unpack_vectors(blobs: Sequence[bytes | None], dim: int) -> Floats:
    """Packed embeddings -> (n, dim) float32; zeros for silence."""
    nothing = bytes(2 * dim)
    joined = b"".join(nothing if b is None else b for b in blobs)
    return np.frombuffer(joined, "<f2").reshape(len(blobs), dim).astype(np.float32)


def pack_keywords(keywords: Sequence[tuple[int, float]]) -> bytes:
    """Ids and scores (0..1) of keywords, strongest first.

    >>> unpack_keywords(pack_keywords([(3, 1.0), (9, 0.2)]))
    [(3, 1.0), (9, 0.2)]
    """
    pairs = [(i, round(min(max(score, 0.0), 1.0) * FULL)) for i, score in keywords if i <= FULL]
    return np.array(pairs, "<u2").tobytes()


def unpack_keywords(blob: bytes) -> list[tuple[int, float]]:
    """Packed keywords -> ids and scores."""
    return [(int(i), int(s) / FULL) for i, s in np.frombuffer(blob, "<u2").reshape(-1, 2)]


def keyword_columns(blobs: Sequence[bytes], count: int) -> npt.NDArray[np.uint16]:
    """The first keywords of many events, as columns: (2 * count, n); ids and scores in turn, 0 for none."""
    size = 4 * count
    joined = b"".join(b[:size].ljust(size, b"\0") for b in blobs)
    return np.ascontiguousarray(np.frombuffer(joined, "<u2").reshape(len(blobs), 2 * count).T)
