"""Tensors of a safetensors file, in memory or left on disk."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import AssetError

KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "U32": "<u4", "U16": "<u2"}


def read_tensors(path: Path, *, mapped: bool = False) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Tensors by name, and the file's metadata.

    Parameters
    ----------
    path : Path
    mapped : bool
        As read-only views of the file, of which the system reads what is touched.

    Raises
    ------
    AssetError
        It cannot be read, or is no whole safetensors file.
    """
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(size))
        metadata = header.pop("__metadata__", {})
        tensors = {name: _view(path, row, 8 + size) for name, row in header.items()}
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError, struct.error) as error:
        raise AssetError(f"{path} cannot be read ({error}); export it again.") from error
    return tensors if mapped else {k: np.array(v) for k, v in tensors.items()}, metadata


def _view(path: Path, row: dict[str, Any], begin: int) -> npt.NDArray[Any]:
    kind, shape, (start, stop) = np.dtype(KINDS[row["dtype"]]), tuple(row["shape"]), row["data_offsets"]
    if int(np.prod(shape)) * kind.itemsize != stop - start:
        raise ValueError("a tensor's shape and its bytes do not agree")
    if start == stop:
        return np.zeros(shape, kind)
    return np.memmap(path, kind, "r", begin + start, shape)
