"""Samples that are in memory already, read as any other sound is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from earwitness.audio.decoders.blocks import BLOCK
from earwitness.audio.limits import AudioLimits
from earwitness.audio.samples import check_finite
from earwitness.audio.scaling import Block, integers_to_float
from earwitness.common.errors import EmptyAudioError, InvalidSamplesError


class ArrayDecoder:
    """Samples that are in memory already: (frames,) or (frames, channels), any real type."""

    damage = ""
    start = 0.0
    remarks: tuple[str, ...] = ()
    lost_bytes = 0

    def __init__(self, samples: Any, rate: Any, label: str, limits: AudioLimits) -> None:
        self.label = label
        self.rate = _whole(rate, label)
        self._array = _real_array(samples, label, limits)
        self.channels = self._array.shape[1]
        self.promised: int | None = len(self._array)
        # no recorder writes 64-bit integers: they are what numpy makes of smaller ones
        self.loose = self._array.dtype.kind == "f" or self._array.dtype.itemsize == 8

    def blocks(self) -> Iterator[Block]:
        """Views of the array where it holds float32 or float64, converted block by block elsewhere."""
        for first in range(0, len(self._array), BLOCK):
            part = self._array[first : first + BLOCK]
            if part.dtype.kind in "iu" and not self.loose:
                yield integers_to_float(part)
            elif part.dtype in (np.float32, np.float64):
                yield part
            else:
                with np.errstate(over="ignore"):  # a long double may be larger than any double
                    wide = part.astype(np.float64)
                check_finite(wide, first, self.rate, self.label)
                yield wide


def _whole(rate: Any, label: str) -> int:
    try:
        whole = int(rate)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if isinstance(rate, bool) or whole <= 0 or whole != rate:
        raise InvalidSamplesError(f"{label}: a sample rate is a positive whole number of Hz, not {rate!r}.")
    return whole


def _real_array(samples: Any, label: str, limits: AudioLimits) -> np.ndarray[Any, np.dtype[Any]]:
    try:
        array = np.asarray(samples)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InvalidSamplesError(f"{label}: this is no array of samples: {error}.") from error
    if array.dtype.kind not in "iuf":
        raise InvalidSamplesError(f"{label}: samples are whole or real numbers, not {array.dtype}.")
    if array.ndim not in (1, 2):
        raise InvalidSamplesError(
            f"{label}: an array of samples has the shape (frames,) or (frames, channels), not {array.shape}."
        )
    if array.size == 0:
        raise EmptyAudioError(f"{label} holds no samples: its shape is {array.shape}.")
    if array.ndim == 2 and array.shape[1] > limits.max_channels and array.shape[0] < array.shape[1]:
        raise InvalidSamplesError(
            f"{label}: the shape {array.shape} reads as {array.shape[1]} channels;"
            " arrays are (frames, channels), so pass array.T if yours is (channels, frames)."
        )
    return array.reshape(len(array), -1)
