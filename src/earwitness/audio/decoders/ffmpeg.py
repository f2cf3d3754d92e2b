"""What libsndfile does not read (m4a, mp4, webm, ...) or reads worse, by FFmpeg through PyAV: ``av``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import av
import numpy as np
from av.audio.plane import AudioPlane

from earwitness.audio.decoders.blocks import Gap
from earwitness.audio.decoders.clock import Clock
from earwitness.audio.decoders.promises import promised_seconds, unread_bytes
from earwitness.audio.decoders.rates import OneRate
from earwitness.audio.decoders.streams import AudioStream, Wanted, choose
from earwitness.audio.scaling import Block, integers_to_float
from earwitness.audio.sources import SafeFile
from earwitness.common.errors import UnreadableAudioError

# FFmpeg also reads playlists, which are texts that make it open other files and addresses. A sound never may:
# only containers that carry their own sound are let in, and no protocol beyond the file handed over.
CONTAINERS = (
    "mov,matroska,webm,asf,aac,ac3,eac3,dts,amr,amrnb,amrwb,ape,avi,caf,dsf,flac,flv,mp3,mpc,mpc8,mpeg,mpegts,"
    "mxf,ogg,rm,tak,tta,wav,w64,aiff,au,wv"
)
OPTIONS = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}

FAR = {"probesize": str(1 << 30), "analyzeduration": str(3600 * 10**6)}
"""How far (bytes, µs) a container is searched for its sound where the first seconds of it hold none."""

GATHER = 32768
"""Frames put together before they are handed on: a codec gives a thousand at a time."""

ERRORS = (av.error.FFmpegError, OSError, ValueError, IndexError)
"""IndexError: damaged transport streams grow streams on the way, and PyAV's list of them falls behind."""

MOST_ERRORS = 100
"""Failures of a container after each of which it is asked once more, as long as packets come in between."""


SAMPLES = {"u8": "u1", "s16": "i2", "s32": "i4", "s64": "i8", "flt": "f4", "dbl": "f8"}
"""NumPy's name of each of FFmpeg's sample formats; the planar ones have a ``p`` behind theirs."""


@contextmanager
def opened_container(file: SafeFile, words: str) -> Iterator[Any]:
    """A container with sound in it; ``words`` is what libsndfile said of it, for the message.

    Raises
    ------
    UnreadableAudioError
        FFmpeg does not read it, or finds no sound that it can decode.
    """
    container = _open(file, words, OPTIONS)
    if not _known(container):
        container.close()
        container = _open(file, words, OPTIONS | FAR)
    with container:
        if not container.streams.audio:
            raise UnreadableAudioError(f"{file.label} holds no sound: no audio stream is in it.")
        if not _known(container):
            raise UnreadableAudioError(f"{file.label} holds sound in a codec that FFmpeg does not know.")
        yield container


def _open(file: SafeFile, words: str, options: dict[str, str]) -> Any:
    file.seek(0)
    try:
        return av.open(file, "r", options=options, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError, ValueError, UnicodeError) as error:
        before = f"libsndfile: {words}; " if words else ""
        raise UnreadableAudioError(
            f"{file.label}: no decoder reads this ({before}FFmpeg: {_words(error)})."
        ) from error


def _known(container: Any) -> bool:
    return any(_rate(stream) for stream in container.streams.audio)


def _rate(stream: Any) -> int:
    context = stream.codec_context
    return int(context.sample_rate or 0) if context is not None else 0


def streams_of(container: Any) -> tuple[AudioStream, ...]:
    """The audio streams of an open container."""
    return tuple(
        AudioStream(
            number,
            str(stream.metadata.get("language", "")),
            str(stream.metadata.get("title", "")),
            str(getattr(stream.codec_context, "name", "")),
            _rate(stream),
            int(getattr(stream.codec_context, "channels", 0) or 0),
            bool(stream.disposition & av.stream.Disposition.default),
        )
        for number, stream in enumerate(container.streams.audio, 1)
    )


@contextmanager
def ffmpeg_decoder(file: SafeFile, words: str, wanted: Wanted) -> Iterator[FFmpegDecoder]:
    """Open a stream of ``file`` with FFmpeg; ``words`` is what libsndfile said of it, for the message."""
    with opened_container(file, words) as container:
        streams = streams_of(container)
        best = container.streams.best("audio")
        places = [stream.index for stream in container.streams.audio]
        number = choose(streams, wanted, file.label, places.index(best.index) if best is not None else 0)
        if not streams[number].rate:
            raise UnreadableAudioError(f"{file.label} holds sound in a codec that FFmpeg does not know.")
        remarks: tuple[str, ...] = ()
        if wanted is None and len(streams) > 1:
            spoken = f" ({streams[number].language})" if streams[number].language else ""
            remarks = (f"stream: {number + 1} of {len(streams)} audio streams{spoken}, by default",)
        yield FFmpegDecoder(container, container.streams.audio[number], file, remarks)


class FFmpegDecoder:
    """An audio stream of a container."""

    # codecs scale their floats
    loose = False

    def __init__(self, container: Any, stream: Any, file: SafeFile, remarks: tuple[str, ...]) -> None:
        self._container, self._stream, self._file = container, stream, file
        self.rate = int(stream.codec_context.sample_rate)
        self.channels = int(stream.codec_context.layout.nb_channels or 1)
        self.remarks = remarks
        self.damage, self.lost_bytes, self.start = "", 0, 0.0
        self.promised: int | None = None
        self._last: tuple[int, int] | None = None

    def blocks(self) -> Iterator[Block | Gap]:
        """Decode packet by packet; one that cannot be decoded is left out and counted, a gap is a gap."""
        gathered: list[Block] = []
        for part in self._parts():
            if isinstance(part, Gap) or (gathered and part.shape[1] != gathered[0].shape[1]):
                if gathered:
                    yield np.concatenate(gathered)
                gathered = []
            if isinstance(part, Gap):
                yield part
                continue
            gathered.append(part)
            if sum(map(len, gathered)) >= GATHER:
                yield np.concatenate(gathered)
                gathered = []
        if gathered:
            yield np.concatenate(gathered)
        if self._file.error is not None:
            self.damage = str(self._file.error)
        seconds = promised_seconds(self._container, self._stream, self.start)
        self.promised = None if seconds is None else round(seconds * self.rate)
        self.lost_bytes += unread_bytes(self._container, self._file, self._last)

    def _parts(self) -> Iterator[Block | Gap]:
        clock, one = Clock(self._container, self.rate), OneRate(self.rate)
        for frame in self._frames():
            if not frame.samples or not frame.sample_rate:
                continue
            gap = clock.gap_before(frame.time)
            self.start = clock.start
            if gap:
                for block in one.flush():
                    clock.gave(len(block))
                    yield block
                clock.gave(gap)
                yield Gap(gap)
            for block in one.take(_to_block(frame), int(frame.sample_rate)):
                clock.gave(len(block))
                yield block
        yield from one.flush()

    def _frames(self) -> Iterator[Any]:
        bad = 0
        for packet in self._packets():
            if packet.size and packet.pos is not None:
                self._last = (int(packet.pos), int(packet.size))
            try:
                frames = packet.decode()
            except (av.error.FFmpegError, ValueError):
                bad += 1
                self.damage = f"{bad} packets that FFmpeg cannot decode"
                continue
            yield from frames

    def _packets(self) -> Iterator[Any]:
        for _ in range(MOST_ERRORS):
            came = False
            try:
                for packet in self._container.demux(self._stream):
                    came = True
                    yield packet
                return
            except ERRORS as error:
                self.damage = self.damage or _words(error)
            if not came:
                return


def _to_block(frame: Any) -> Block:
    channels = int(frame.layout.nb_channels)
    kind = np.dtype(SAMPLES[frame.format.name.removesuffix("p")])
    # ``frame.planes`` counts until a null pointer, and above eight channels FFmpeg puts none at their end:
    # a damaged file that claims 27 would be read past its memory, so each plane is asked for by number
    if frame.format.is_planar:
        planes = [np.frombuffer(AudioPlane(frame, i), kind, frame.samples) for i in range(channels)]
        table = np.stack(planes, 1)
    else:
        table = np.frombuffer(AudioPlane(frame, 0), kind, frame.samples * channels).reshape(-1, channels).copy()
    if table.dtype.kind in "iu":
        return integers_to_float(table)
    block: Block = table.astype(table.dtype, order="C", copy=False)
    return block


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).rstrip(".")
