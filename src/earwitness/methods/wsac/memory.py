"""A memory of caption embeddings: bridges a sound into the space of sentences (WSAC, section 3.3).

Rows are kept sparse where they are: a caption lies on a handful of classes' axes, so fifty thousand of them
take two megabytes. Look-ups go block by block, exact, in memory that does not grow with the memory's size.

The published program encodes its memory by the thousand and drops the last partial one; here it is whole,
unless ``thousands`` is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats, by_rows
from earwitness.common.counting import counted
from earwitness.common.errors import AssetError, OptionError
from earwitness.common.tensors import read_tensors
from earwitness.encoders.base import normalise

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
    encoder : name of the encoder that made the embeddings; empty where it is not known
    """

    def __init__(
        self,
        values: npt.NDArray[np.floating],
        axes: npt.NDArray[np.integer] | None = None,
        dim: int | None = None,
        mean: Floats | None = None,
        spread: Floats | None = None,
        encoder: str = "",
    ) -> None:
        if not len(values):
            raise OptionError("a memory needs at least one caption; there is none.")
        self.values, self.axes = values, axes
        self.dim = dim or values.shape[1]
        self.mean, self.spread, self.encoder = mean, spread, encoder

    def __len__(self) -> int:
        return len(self.values)

    def thousands(self) -> Memory:
        """The rows up to the last whole thousand, which is what the published program keeps of a memory.

        Raises
        ------
        OptionError
            There are fewer than a thousand: it would keep nothing.
        """
        kept = len(self) // 1000 * 1000
        if not kept:
            raise OptionError(
                "the published program keeps whole thousands of a memory, and of "
                f"{counted(len(self), 'caption')} none; leave out legacy_memory, or remember more captions."
            )
        axes = None if self.axes is None else self.axes[:kept]
        mean = None if self.mean is None else self.mean[:kept]
        spread = None if self.spread is None else self.spread[:kept]
        return Memory(self.values[:kept], axes, self.dim, mean, spread, self.encoder)

    @classmethod
    def pack(
        cls, embeddings: Floats, encoder: str = "", *, axes: int | None = None, half: bool = True
    ) -> Memory:
        """Embeddings (n, dim) as float16, or as they are; only the ``axes`` largest of each row, if given.

        >>> rows = np.array([[0.8, 0.6, 0.0], [0.0, 0.6, 0.8]], np.float32)
        >>> Memory.pack(rows, axes=1).project(rows[:1], 0.01).round(3).tolist()
        [[1.0, 0.0, 0.0]]
        """
        dim, kind = embeddings.shape[1], np.dtype(np.float16 if half else np.float32)
        if axes is None or axes >= dim:
            dense: npt.NDArray[np.floating] = embeddings.astype(kind)
            return cls(dense, None, dim, encoder=encoder)
        kept = np.sort(np.argpartition(-embeddings, axes - 1, 1)[:, :axes], 1)
        values: npt.NDArray[np.floating] = np.take_along_axis(embeddings, kept, 1).astype(kind)
        return cls(values, kept.astype(np.uint16 if dim <= 65536 else np.uint32), dim, encoder=encoder)

    @classmethod
    def read(cls, path: Path, *, mapped: bool = False) -> Memory:
        """Read ``memory.safetensors``.

        Parameters
        ----------
        path : Path
        mapped : bool
            Leave the rows on disk and read them block by block at every look-up, so that a memory may be
            larger than the computer's.

        Raises
        ------
        AssetError
            It is no such file.
        """
        tensors, metadata = read_tensors(path, mapped=mapped)
        try:
            dim, values = int(tensors["dim"][0]), tensors["values"]
        except KeyError as error:
            raise AssetError(
                f"{path} is no memory of captions ({error} is missing); export it again."
            ) from error
        encoder = metadata.get("encoder", "")
        return cls(values, tensors.get("axes"), dim, tensors.get("mean"), tensors.get("spread"), encoder)

    def write(self, path: Path) -> None:
        """Write ``memory.safetensors``."""
        from safetensors.numpy import save_file

        optional = {"axes": self.axes, "mean": self.mean, "spread": self.spread}
        tensors = {"values": self.values, "dim": np.array([self.dim], np.int64)}
        tensors |= {k: v for k, v in optional.items() if v is not None}
        save_file(tensors, path, metadata={"encoder": self.encoder} if self.encoder else None)

    def blocks(self) -> Iterator[tuple[slice, Floats]]:
        """Dense float32 rows, a block at a time."""
        for start in range(0, len(self), BLOCK):
            at = slice(start, min(start + BLOCK, len(self)))
            yield at, self._dense(at)

    def nearest(self, sounds: Floats, standardise: bool = False) -> Floats:
        """The best-matching row of each sound: (n, dim) -> (n, dim); of equals the first."""
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
            mixed = mixed * np.exp(highest - top) + by_rows(np.exp(match - top).astype(np.float32), block)
            highest = top
        return normalise(mixed)

    def _match(self, sounds: Floats, block: Floats, at: slice, standardise: bool) -> Floats:
        match = by_rows(sounds, block.T)
        if not standardise:
            return match
        if self.mean is None or self.spread is None:
            raise AssetError("this memory carries no background statistics; match without standardising.")
        return np.asarray((match - self.mean[at]) / (self.spread[at] + np.float32(0.02)), np.float32)

    def _dense(self, at: slice) -> Floats:
        values = np.asarray(self.values[at], np.float32)
        if self.axes is None:
            return values
        dense = np.zeros((len(values), self.dim), np.float32)
        np.put_along_axis(dense, self.axes[at].astype(np.int64), values, 1)
        return dense
