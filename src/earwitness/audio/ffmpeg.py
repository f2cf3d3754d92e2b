"""What libsndfile does not read (m4a, mp4, webm, wma, ...), by FFmpeg through PyAV: the extra ``av``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import numpy as np

from earwitness.audio.scaling import Block, integers_to_float
from earwitness.audio.sources import SafeFile
from earwitness.common.errors import UnreadableAudioError

# FFmpeg also reads playlists, which are texts that make it open other files and addresses. A sound never may:
# only containers that carry their own sound are let in, and no protocol beyond the file handed over.
CONTAINERS = (
    "mov,matroska,webm,asf,aac,ac3,eac3,dts,amr,amrnb,amrwb,ape,avi,caf,dsf,flac,flv,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,rm,tak,tta,wav,w64,aiff,au,wv"
)
OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}

GATHER = 32768
"""Frames put together before they are handed on: a codec gives a thousand at a time."""

PROMISE_SLACK = 0.25
"""Containers round their length and count a codec's lead-in and lead-out: less than this (s) is no loss."""


@contextmanager
def ffmpeg_decoder(file: SafeFile, words: str) -> Iterator[FFmpegDecoder]:
    """Open ``file`` with FFmpeg; ``words`` is what libsndfile said of it, for the message."""
    file.seek(0)
    try:
        container = av.open(file, "r", options=OPTIONS, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError, ValueError, UnicodeError) as error:
        raise UnreadableAudioError(
            f"{file.label}: no decoder reads this (libsndfile: {words}; FFmpeg: {_words(error)})."
        ) from error
    with container:
        if not container.streams.audio:
            raise UnreadableAudioError(f"{file.label} holds no sound: no audio stream is in it.")
        context = container.streams.audio[0].codec_context
        if context is None or not context.sample_rate:
            raise UnreadableAudioError(f"{file.label} holds sound in a codec that FFmpeg does not know.")
        yield FFmpegDecoder(container, file)


class FFmpegDecoder:
    """The first audio stream of a container."""

    # codecs scale their floats
    loose = False

    def __init__(self, container: Any, file: SafeFile) -> None:
        self._container = container
        self._stream = container.streams.audio[0]
        self._file = file
        self.rate = int(self._stream.codec_context.sample_rate)
        self.channels = int(self._stream.codec_context.layout.nb_channels or 1)
        self.damage = ""
        self.promised = self._promised_frames()

    def blocks(self) -> Iterator[Block]:
        """Decode packet by packet; a packet that cannot be decoded is left out and counted."""
        gathered: list[Block] = []
        for part in self._parts():
            if gathered and part.shape[1] != gathered[0].shape[1]:
                yield np.concatenate(gathered)
                gathered = []
            gathered.append(part)
            if sum(map(len, gathered)) >= GATHER:
                yield np.concatenate(gathered)
                gathered = []
        if gathered:
            yield np.concatenate(gathered)
        if self._file.error is not None:
            self.damage = str(self._file.error)

    def _parts(self) -> Iterator[Block]:
        bad = 0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError):
                bad += 1
                self.damage = f"{bad} packets that FFmpeg cannot decode"
                continue
            for frame in frames:
                if frame.sample_rate != self.rate:
                    self.damage = f"the sample rate changes from {self.rate} to {frame.sample_rate} Hz"
                    return
                if frame.samples:
                    yield _to_block(frame)

    def _packets(self) -> Iterator[Any]:
        try:
            yield from self._container.demux(self._stream)
        except (av.error.FFmpegError, OSError, ValueError, IndexError) as error:
            # damaged transport streams grow streams on the way, and PyAV's list of them falls behind
            self.damage = _words(error)

    def _promised_frames(self) -> int | None:
        if self._stream.duration is not None and self._stream.time_base is not None:
            seconds = float(self._stream.duration * self._stream.time_base)
        elif self._container.duration is not None:
            seconds = self._container.duration / av.time_base
        else:
            return None
        return max(0, round((seconds - PROMISE_SLACK) * self.rate))


def _to_block(frame: Any) -> Block:
    values = frame.to_ndarray()
    # packed formats come as one row of interleaved channels
    table = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    if table.dtype.kind in "iu":
        return integers_to_float(table)
    block: Block = table.astype(table.dtype, order="C", copy=False)
    return block


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
