"""Whatever libsndfile reads: wav, flac, ogg, opus, mp3, aiff, au, caf, w64 and more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO, Any, cast

import numpy as np

from earwitness.audio.decoders.blocks import BLOCK
from earwitness.audio.decoders.quiet import LOSS, caught
from earwitness.audio.scaling import Block
from earwitness.audio.sources import SafeFile
from earwitness.audio.structure.pieces import Part, Pieces
from earwitness.audio.structure.riff import PLACEHOLDER_BYTES
from earwitness.common.errors import UnreadableAudioError


@contextmanager
def sndfile_decoder(file: SafeFile, part: Part | None = None) -> Iterator[SndfileDecoder]:
    """Open a file, or a part of it, with libsndfile.

    Raises
    ------
    UnreadableAudioError
        libsndfile does not read it; the message is its own words alone.
    """
    import soundfile

    if part is not None and part.pieces:
        file = SafeFile(cast("IO[bytes]", Pieces(file, part.pieces)), file.label)
    file.seek(0)
    lines: list[str] = []
    try:
        with _catching(file, lines):
            sound = soundfile.SoundFile(file if (own := file.reopened()) is None else own)
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise UnreadableAudioError(words_of(error)) from error
    with sound:
        yield SndfileDecoder(sound, file)


def _catching(file: SafeFile, lines: list[str]) -> AbstractContextManager[None]:
    """Catch libmpg123's lines where the file may be its own; no other decoder writes any."""
    head = file.read(3)
    file.seek(0)
    return caught(lines) if head[:1] == b"\xff" or head == b"ID3" else nullcontext()


class SndfileDecoder:
    """A sound that libsndfile decodes."""

    start = 0.0
    remarks: tuple[str, ...] = ()
    lost_bytes = 0

    def __init__(self, sound: Any, file: SafeFile) -> None:
        self.rate = int(sound.samplerate)
        self.channels = int(sound.channels)
        self.format = str(sound.format)
        # where a decoder can fail within a sound; of samples as they are, all that are there are read
        self.compressed = self.format.startswith(("MP", "OGG", "FLAC"))
        self.loose = sound.subtype in ("FLOAT", "DOUBLE")
        self.promised = _promised_frames(sound)
        self.damage = ""
        self._begun = False
        self._sound = sound
        self._file = file
        self._lines: list[str] = []
        # a double may be larger than any float32
        self._dtype = np.dtype(np.float64 if sound.subtype == "DOUBLE" else np.float32)

    def blocks(self) -> Iterator[Block]:
        """Decode in blocks; a decoder that fails within one still hands over what it had decoded of it."""
        if self._begun:
            self._sound.seek(0)
        self._begun, ended = True, False
        while not ended:
            with caught(self._lines) if self.format.startswith("MP") else nullcontext():
                block, ended = self._next_block()
            if len(block):
                yield block
        if self._file.error is not None:
            self.damage = str(self._file.error)
        elif not self.damage:
            self.damage = next((_bare(line) for line in self._lines if LOSS.search(line)), "")

    def _next_block(self) -> tuple[Block, bool]:
        """A block, and whether it was the last."""
        import soundfile

        buffer: Block = np.empty((BLOCK, self.channels), self._dtype)
        _mark_unwritten(buffer)
        try:
            block: Block = self._sound.read(out=buffer)
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            # soundfile seeks after each read, and libsndfile cannot seek to the end of a flac whose header
            # gives no length or a wrong one: that is an end like any other
            words = words_of(error)
            self.damage = "" if "psf_fseek" in words else words
            return _written(buffer), True
        return block, len(block) == 0


def _bare(line: str) -> str:
    # "[src/libmpg123/layer3.c:INT123_do_layer3():1841] error: ..." without where in its source
    return "libmpg123: " + re.sub(r"^\[[^\]]*\]\s*", "", line).rstrip(".")


def words_of(error: Exception) -> str:
    # "Error opening <...SafeFile object at 0x7f...>: Format not recognised." without the address
    text = str(getattr(error, "error_string", "") or error)
    return " ".join(text.replace("Error : ", "").split()).rstrip(".")


# A quiet NaN whose payload no decoder writes: what still carries it was never written to.
_UNWRITTEN = {4: np.uint32(0x7FC0BEEF), 8: np.uint64(0x7FF8_0000_DEAD_BEEF)}


def _mark_unwritten(buffer: Block) -> None:
    buffer.view(f"u{buffer.dtype.itemsize}")[:] = _UNWRITTEN[buffer.dtype.itemsize]


def _written(buffer: Block) -> Block:
    size = buffer.dtype.itemsize
    unwritten = (buffer.view(f"u{size}") == _UNWRITTEN[size]).any(axis=1)
    return buffer[: int(unwritten.argmax())] if unwritten.any() else buffer


UNKNOWN_FRAMES = 2**62
"""libsndfile says 2**63 - 1 where a flac header leaves the length open."""

_DATA_LENGTH = re.compile(r"^\s*(?:data|ssnd|data size)\s*:\s*(\d+) \(should be (\d+)\)", re.I | re.M)
_FILE_LENGTH = re.compile(r"^\s*riff(?: size)?\s*:\s*(\d+) \(should be (\d+)\)", re.I | re.M)


def _promised_frames(sound: Any) -> int | None:
    """Frames that the header speaks of, or None.

    Where a file is shorter than its header says, libsndfile silently counts what is there; only its log keeps
    the header's number, in bytes: "data : 320000 (should be 213318)".
    """
    frames = int(sound.frames)
    if frames >= UNKNOWN_FRAMES:
        return None
    # these two keep 64-bit lengths, and libsndfile compares only that of the whole file
    pattern = _FILE_LENGTH if sound.format in ("RF64", "W64") else _DATA_LENGTH
    match = pattern.search(sound.extra_info)
    if match is None or frames == 0:
        return frames
    claimed, there = int(match[1]), int(match[2])
    if claimed <= there or claimed in PLACEHOLDER_BYTES:
        return frames
    return round(frames * claimed / max(there, 1))
