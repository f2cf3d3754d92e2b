"""How far sounds lie from sentences: the two numbers that bridge the gap in training.

Noise, as CapDec estimates it (Nukrai et al. 2022, section 3.2): captions of one sound mean the same, so the
distance between their embeddings is how far an embedding may be off and still mean it. The shift is the
difference of two means, and needs no pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.base import normalise


def noise_variance(groups: Sequence[Floats]) -> float:
    """Mean over sounds of the mean over pairs of captions of the largest difference in a coordinate.

    Parameters
    ----------
    groups : sequence of (captions, dim) float32
        Embeddings of the captions of each sound; sounds with one caption say nothing and are passed over.

    Returns
    -------
    float
        What CapDec uses as the variance of its noise.

    Raises
    ------
    OptionError
        No sound has two captions.

    >>> noise_variance([np.array([[1, 0], [0, 1]]), np.array([[1, 0], [1, 0], [0.6, 0.8]])])
    0.766...
    """
    means = []
    for group in groups:
        rows = normalise(group).astype(np.float64)
        pairs = [np.abs(a - b).max() for a, b in combinations(rows, 2)]
        if pairs:
            means.append(np.mean(pairs))
    if not means:
        raise OptionError("the noise is estimated from sounds with two captions or more; there is none.")
    return float(np.mean(means))


def shift(sounds: Floats, texts: Floats) -> Floats:
    """Mean embedding of sounds less mean embedding of texts, both of unit rows: (n, dim), (m, dim) -> (dim,).

    >>> shift(np.array([[2.0, 0.0]]), np.array([[0.0, 3.0]])).tolist()
    [1.0, -1.0]
    """
    if not len(sounds) or not len(texts):
        raise OptionError("the shift is estimated from at least one sound and one text.")
    means = [normalise(v).mean(0, dtype=np.float64) for v in (sounds, texts)]
    return np.asarray(means[0] - means[1], np.float32)


def write_shift(vector: Floats, encoder: str, path: Path) -> None:
    """Write a shift as safetensors, with the encoder's name."""
    from safetensors.numpy import save_file

    save_file({"shift": vector}, path, metadata={"encoder": encoder})


def read_shift(path: Path, encoder: str) -> tuple[float, ...]:
    """Read what ``write_shift`` wrote.

    Raises
    ------
    AssetError
        It is no such file.
    OptionError
        It was estimated with another encoder.
    """
    from safetensors import safe_open

    try:
        with safe_open(path, "np") as file:
            name, vector = (file.metadata() or {}).get("encoder"), file.get_tensor("shift")
    except Exception as error:
        raise AssetError(f"{path} is no shift; earwitness gap writes one ({error}).") from error
    if name != encoder:
        raise OptionError(f"{path} was estimated with the encoder {name!r}, not {encoder!r}.")
    return tuple(map(float, vector))
