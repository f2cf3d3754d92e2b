"""One sound out of several: the parts of a file in a row, and one decoder going on where another ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import IO, cast

from earwitness.audio.decoders.blocks import Decoder, Gap
from earwitness.audio.decoders.rates import OneRate
from earwitness.audio.decoders.sndfile import SndfileDecoder, sndfile_decoder
from earwitness.audio.scaling import Block
from earwitness.audio.sources import SafeFile
from earwitness.audio.structure.pieces import Part, Pieces, Structure
from earwitness.common.errors import UnreadableAudioError

LOSS_SECONDS = 0.25
"""Less than this between what was promised and what came is a codec's lead-in and lead-out."""


class Chain:
    """The sounds of a file in their order, at the rate of the first."""

    start = 0.0
    remarks: tuple[str, ...] = ()

    def __init__(self, file: SafeFile, structure: Structure, first: SndfileDecoder, has_ffmpeg: bool) -> None:
        self.rate, self.channels, self.loose = first.rate, first.channels, first.loose
        self.promised: int | None = None
        self.damage = ""
        self.lost_bytes = structure.broken
        self._file, self._parts, self._first = file, structure.parts, first
        self._has_ffmpeg = has_ffmpeg

    def blocks(self) -> Iterator[Block | Gap]:
        """Decode part by part; one that cannot be read at all counts as bytes that were not understood."""
        one = OneRate(self.rate)
        promised: int | None = 0
        for number, part in enumerate(self._parts):
            with ExitStack() as stack:
                decoder = self._opened(number, part, stack)
                if decoder is None:
                    continue
                for block in decoder.blocks():
                    if isinstance(block, Gap):
                        yield from one.flush()
                        yield Gap(round(block.frames * self.rate / decoder.rate))
                    else:
                        yield from one.take(block, decoder.rate)
                yield from one.flush()
                self.damage = self.damage or decoder.damage
                if promised is not None:
                    own = decoder.promised
                    promised = None if own is None else promised + round(own * self.rate / decoder.rate)
        self.promised = promised

    def _opened(self, number: int, part: Part, stack: ExitStack) -> Decoder | None:
        file = SafeFile(cast("IO[bytes]", Pieces(self._file, part.pieces)), self._file.label)
        try:
            first = self._first if number == 0 else stack.enter_context(sndfile_decoder(self._file, part))
            return Continued(file, first) if self._has_ffmpeg and first.compressed else first
        except UnreadableAudioError as error:
            if self._has_ffmpeg:
                try:
                    return stack.enter_context(_ffmpeg(file))
                except UnreadableAudioError:
                    file.seek(0)
            self.lost_bytes += sum(len(p) if isinstance(p, bytes) else p[1] - p[0] for p in part.pieces)
            self.damage = self.damage or str(error)
            return None


def _ffmpeg(file: SafeFile) -> AbstractContextManager[Decoder]:
    from earwitness.audio.decoders.ffmpeg import ffmpeg_decoder

    return ffmpeg_decoder(file, "", None)


class Continued:
    """libsndfile as far as it comes, and FFmpeg from there on."""

    start = 0.0
    remarks: tuple[str, ...] = ()
    loose = False

    def __init__(self, file: SafeFile, first: SndfileDecoder) -> None:
        self.rate, self.channels = first.rate, first.channels
        self.promised, self.damage, self.lost_bytes = first.promised, "", 0
        self._file, self._first = file, first

    def blocks(self) -> Iterator[Block | Gap]:
        """Decode; where the first decoder ends before its time, the rest comes from the second."""
        frames = 0
        for block in self._first.blocks():
            frames += len(block)
            yield block
        self.damage, self.promised = self._first.damage, self._first.promised
        missing = (self.promised or 0) - frames
        if missing >= LOSS_SECONDS * self.rate or (self.damage and self.promised is None):
            yield from self._rest(frames)

    def _rest(self, frames: int) -> Iterator[Block | Gap]:
        one, more = OneRate(self.rate), 0
        try:
            with _ffmpeg(self._file) as decoder:
                for block in after(decoder, frames / self.rate):
                    if isinstance(block, Gap):
                        more += block.frames
                        yield Gap(round(block.frames * self.rate / decoder.rate))
                        continue
                    for part in one.take(block, decoder.rate):
                        more += len(part)
                        yield part
                yield from one.flush()
        except UnreadableAudioError:
            return
        if more:
            # what stopped the one did not stop the other
            self.damage = decoder.damage


def after(decoder: Decoder, seconds: float) -> Iterator[Block | Gap]:
    """What a decoder gives beyond a time, reckoned from its first frame."""
    skip = round(seconds * decoder.rate)
    for block in decoder.blocks():
        length = block.frames if isinstance(block, Gap) else len(block)
        if skip >= length:
            skip -= length
        elif isinstance(block, Gap):
            yield Gap(length - skip)
            skip = 0
        else:
            yield block[skip:]
            skip = 0
