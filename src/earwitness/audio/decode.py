"""Decoders: one interface, libsndfile first, FFmpeg for what it cannot read, and arrays for Python users."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from earwitness.audio.clip import check_finite
from earwitness.audio.limits import AudioLimits
from earwitness.audio.scaling import Block, integers_to_float
from earwitness.audio.sources import SafeFile, array_of, name_of, opened
from earwitness.common.errors import EmptyAudioError, InvalidSamplesError, UnreadableAudioError

BLOCK = 65536
"""Frames decoded at a time: 1.4 s at 48 kHz, half a megabyte in stereo, 16 MB at 64 channels."""


class Decoder(Protocol):
    """A sound that is being decoded.

    ``blocks`` gives (frames, channels) floats until the sound, or what can be read of it, ends. Only then do
    ``promised``, the frames a header spoke of (None where none did), and ``damage``, the decoder's own words
    about what stopped it, say whether something is missing.
    """

    rate: int
    channels: int
    promised: int | None
    damage: str
    # floats as somebody stored them, which may lie anywhere; only such a sound is decoded twice
    loose: bool

    def blocks(self) -> Iterator[Block]:
        """Decode from the beginning."""
        ...


@contextmanager
def decoding(source: object, limits: AudioLimits) -> Iterator[Decoder]:
    """Open ``source`` with the first decoder that knows it, and close it afterwards.

    Raises
    ------
    AudioError
        See ``opened``; and UnreadableAudioError where no decoder at hand reads it, with their own words.
    """
    array = array_of(source)
    if array is not None:
        decoder = ArrayDecoder(*array, name_of(source), limits)
        limits.check_format(decoder.rate, decoder.channels, decoder.label)
        yield decoder
        return
    with opened(source, limits) as file, _first_that_reads(file) as reader:
        limits.check_format(reader.rate, reader.channels, file.label)
        yield reader


@contextmanager
def _first_that_reads(file: SafeFile) -> Iterator[Decoder]:
    import soundfile

    try:
        sound = soundfile.SoundFile(file)
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        words = _words(error)
    else:
        with sound:
            yield SndfileDecoder(sound, file)
        return
    if find_spec("av") is None:
        raise UnreadableAudioError(
            f"{file.label}: libsndfile cannot read this ({words}); if it is m4a, mp4, webm or wma sound,"
            " pip install 'earwitness[av]' brings a decoder for it."
        )
    from earwitness.audio.ffmpeg import ffmpeg_decoder

    with ffmpeg_decoder(file, words) as decoder:
        yield decoder


class SndfileDecoder:
    """Whatever libsndfile reads: wav, flac, ogg, opus, mp3, aiff, au, caf, w64 and more."""

    def __init__(self, sound: Any, file: SafeFile) -> None:
        self.rate = int(sound.samplerate)
        self.channels = int(sound.channels)
        self.loose = sound.subtype in ("FLOAT", "DOUBLE")
        self.promised = _promised_frames(sound, file)
        self.damage = ""
        self._begun = False
        self._sound = sound
        self._file = file
        # a double may be larger than any float32
        self._dtype = np.dtype(np.float64 if sound.subtype == "DOUBLE" else np.float32)

    def blocks(self) -> Iterator[Block]:
        """Decode in blocks; a decoder that fails within one still hands over what it had decoded of it."""
        if self._begun:
            self._sound.seek(0)
        self._begun, ended = True, False
        while not ended:
            block, ended = self._next_block()
            if len(block):
                yield block
        if self._file.error is not None:
            self.damage = str(self._file.error)

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
            words = _words(error)
            self.damage = "" if "psf_fseek" in words else words
            return _written(buffer), True
        return block, len(block) == 0


def _words(error: Exception) -> str:
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

# Lengths that programs write when they cannot know: ffmpeg and others, sox, arecord, some recorders.
PLACEHOLDER_BYTES = frozenset({0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000})

_DATA_LENGTH = re.compile(r"^\s*(?:data|ssnd|data size)\s*:\s*(\d+) \(should be (\d+)\)", re.I | re.M)
_FILE_LENGTH = re.compile(r"^\s*riff(?: size)?\s*:\s*(\d+) \(should be (\d+)\)", re.I | re.M)


def _promised_frames(sound: Any, file: SafeFile) -> int | None:
    """Frames that the header speaks of, or None.

    Where a file is shorter than its header says, libsndfile silently counts what is there; only its log keeps
    the header's number, in bytes: "data : 320000 (should be 213318)".
    """
    frames = int(sound.frames)
    if frames >= UNKNOWN_FRAMES or (sound.format.startswith("MP") and not _counts_frames(file)):
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


def _counts_frames(file: SafeFile) -> bool:
    """Whether an MP3 begins with the optional frame that counts the others.

    Without one libsndfile estimates the length from the size of the file, tags included, which is no promise.
    """
    place = file.tell()
    file.seek(0)
    head = file.read(10)
    tag = 0
    if head[:3] == b"ID3" and len(head) == 10:
        # four bytes of seven bits each
        tag = 10 + sum((byte & 127) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(tag)
    first = file.read(2048)
    file.seek(place)
    return any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))


class ArrayDecoder:
    """Samples that are in memory already: (frames,) or (frames, channels), any real type."""

    damage = ""

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
