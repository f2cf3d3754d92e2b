"""A memory of caption embeddings: bridges a sound into the space of sentences (WSAC, section 3.3).

Rows are kept sparse where they are: a caption lies on a handful of classes' axes, so fifty thousand of them
take two megabytes. Look-ups go block by block, exact, in memory that does not grow with the memory's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.encoders.base import normalise
from earwitness.errors import AssetError

Floats = npt.NDArray[np.float32]

BLOCK = 8192  # rows a block: 16 MB of float32 at 512 dimensions


class Memory:
    """Caption embeddings (n, dim), unit rows, dense or sparse, float32 or float16.

    Parameters
    ----------
    values : (n, dim) dense rows, or (n, k) values of sparse ones
    axes : (n, k) integers, the axes of sparse rows; None for dense ones
    dim : the space's dimension
    mean, spread : (n,) each row's mean match with background sounds, and its standard deviation; where
        given, matches can be standardised by them
    """

    def __init__(
        self,
        values: npt.NDArray[np.floating],
        axes: npt.NDArray[np.integer] | None = None,
        dim: int | None = None,
        mean: Floats | None = None,
        spread: Floats | None = None,
    ) -> None:
        self.values, self.axes = values, axes
        self.dim = dim or values.shape[1]
        self.mean, self.spread = mean, spread

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def read(cls, path: Path) -> Memory:
        """Read ``memory.safetensors``."""
        from safetensors.numpy import load_file

        try:
            tensors = load_file(path)
            dim = int(tensors["dim"][0])
            return cls(tensors["values"], tensors.get("axes"), dim, tensors.get("mean"), tensors.get("spread"))
        except (OSError, KeyError, ValueError) as error:
            raise AssetError(f"{path} is no memory of captions ({error}); export it again.") from error

    def write(self, path: Path) -> None:
        """Write ``memory.safetensors``."""
        from safetensors.numpy import save_file

        optional = {"axes": self.axes, "mean": self.mean, "spread": self.spread}
        tensors = {"values": self.values, "dim": np.array([self.dim], np.int64)}
        save_file({**tensors, **{k: v for k, v in optional.items() if v is not None}}, path)

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Dense float32 rows, a block at a time."""
        for start in range(0, len(self), BLOCK):
            at = slice(start, min(start + BLOCK, len(self)))
            yield at, self._dense(at)

    def nearest(self, sounds: Floats, standardise: bool = False) -> Floats:
        """The best-matching row of each sound: (n, dim) -> (n, dim)."""
        best, rows = np.full(len(sounds), -np.inf, np.float32), np.zeros((len(sounds), self.dim), np.float32)
        for at, block in self.blocks():
            match = self._match(sounds, block, at, standardise)
            top = match.argmax(1)
            value = match[np.arange(len(sounds)), top]
            better = value > best  # strictly: of equals the first stays
            best[better], rows[better] = value[better], block[top[better]]
        return rows

    def project(self, sounds: Floats, temperature: float, standardise: bool = False) -> Floats:
        """softmax(match / temperature)-weighted mean of the rows, unit length: (n, dim) -> (n, dim).

        DeCap's and WSAC's projection: temperature 0.01 on the cosine. The softmax runs over all rows at
        once although they come in blocks: sums are rescaled whenever a block raises the maximum.

        >>> memory = Memory(np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32))
        >>> memory.project(np.array([[0.8, 0.6]], np.float32), 0.01).round(4).tolist()
        [[0.6000000238418579, 0.800000011920929]]
        """
        highest = np.full((len(sounds), 1), -np.inf)
        mixed = np.zeros((len(sounds), self.dim))
        for at, block in self.blocks():
            match = self._match(sounds, block, at, standardise).astype(np.float64) / temperature
            top = np.maximum(highest, match.max(1, keepdims=True))
            mixed = mixed * np.exp(highest - top) + np.exp(match - top) @ block
            highest = top
        return normalise(mixed)

    def _match(self, sounds: Floats, block: Floats, at: slice, standardise: bool) -> Floats:
        match = sounds @ block.T
        if not standardise:
            return match
        if self.mean is None or self.spread is None:
            raise AssetError("this memory carries no background statistics; match without standardising.")
        return np.asarray((match - self.mean[at]) / (self.spread[at] + np.float32(0.02)), np.float32)

    def _dense(self, at: slice) -> Floats:
        values = self.values[at].astype(np.float32)
        if self.axes is None:
            return values
        dense = np.zeros((len(values), self.dim), np.float32)
        np.put_along_axis(dense, self.axes[at].astype(np.int64), values, 1)
        return dense
