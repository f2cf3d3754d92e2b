"""What a decoder is: blocks of floats one after the other, gaps in between, and what is said at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from earwitness.audio.scaling import Block

BLOCK = 65536
"""Frames decoded at a time: 1.4 s at 48 kHz, half a megabyte in stereo, 16 MB at 64 channels."""


@dataclass(frozen=True)
class Gap:
    """Time in which a stream holds no sound: what follows lies so many frames later."""

    frames: int


class Decoder(Protocol):
    """A sound that is being decoded.

    ``blocks`` gives (frames, channels) floats, at one rate and with any number of channels, until the sound,
    or what can be read of it, ends. Only then do ``promised``, the frames that the file is known to hold
    (None where nothing sure is known), ``damage``, the words for what stopped or hurt it, and ``lost_bytes``,
    what was met and not understood, say whether something is missing.
    """

    rate: int
    channels: int
    # where the first frame lies in the file, in seconds; known once the first block is
    start: float
    promised: int | None
    damage: str
    # notes that are known from the beginning
    remarks: tuple[str, ...]
    lost_bytes: int
    # floats as somebody stored them, which may lie anywhere; only such a sound is decoded twice
    loose: bool

    def blocks(self) -> Iterator[Block | Gap]:
        """Decode from the beginning."""
        ...
