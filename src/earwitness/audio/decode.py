"""From a source to a decoder: libsndfile for whole files, FFmpeg for what it cannot read or reads worse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

from earwitness.audio.decoders.arrays import ArrayDecoder
from earwitness.audio.decoders.blocks import Decoder
from earwitness.audio.decoders.chain import Chain, Continued
from earwitness.audio.decoders.sndfile import sndfile_decoder
from earwitness.audio.decoders.streams import AudioStream, Wanted, no_such_stream
from earwitness.audio.limits import AudioLimits
from earwitness.audio.sources import SafeFile, Source, array_of, name_of, opened
from earwitness.audio.structure.pieces import AS_IT_IS, Structure
from earwitness.common.errors import UnreadableAudioError


@contextmanager
def decoding(source: object, limits: AudioLimits, stream: Wanted = None) -> Iterator[Decoder]:
    """Open ``source`` with the decoder that reads most of it, and close it afterwards.

    Raises
    ------
    AudioError
        See ``opened``; and UnreadableAudioError where no decoder at hand reads it, with their own words, or
        where it has no such stream.
    """
    array = array_of(source)
    if array is not None:
        decoder = ArrayDecoder(*array, name_of(source), limits)
        limits.check_format(decoder.rate, decoder.channels, decoder.label)
        yield decoder
        return
    with opened(source, limits) as file, ExitStack() as stack:
        reader = _reader(file, stream, stack)
        limits.check_format(reader.rate, reader.channels, file.label)
        yield reader


def list_streams(source: Source, *, limits: AudioLimits | None = None) -> tuple[AudioStream, ...]:
    """The audio streams of a file, in its order.

    Parameters
    ----------
    source : path, bytes or binary file object
    limits : AudioLimits, optional

    Raises
    ------
    AudioError
        The file cannot be read; the message says why.

    Examples
    --------
    >>> import io, numpy as np, soundfile
    >>> file = io.BytesIO()
    >>> soundfile.write(file, np.zeros((800, 2)), 8000, format="WAV")
    >>> [(s.number, s.rate, s.channels) for s in list_streams(file.getvalue())]
    [(1, 8000, 2)]
    """
    with opened(source, limits or AudioLimits()) as file:
        if find_spec("av") is not None:
            from earwitness.audio.decoders.ffmpeg import opened_container, streams_of

            try:
                with opened_container(file, "") as container:
                    return streams_of(container)
            except UnreadableAudioError:
                file.seek(0)
        with sndfile_decoder(file) as sound:
            return (AudioStream(1, "", "", sound.format.lower(), sound.rate, sound.channels, True),)


def _reader(file: SafeFile, stream: Wanted, stack: ExitStack) -> Decoder:
    """The structure of the file decides; each sound of it is read on its own where they are whole."""
    structure = _structure(file)
    has_ffmpeg = find_spec("av") is not None
    try:
        first = stack.enter_context(sndfile_decoder(file, structure.parts[0]))
        if first.format.startswith("MP"):
            from earwitness.audio.structure import mpeg

            place = file.tell()
            structure = mpeg.walk(file)
            file.seek(place)  # the decoder has begun to read
            if structure.parts[0].pieces:
                first = stack.enter_context(sndfile_decoder(file, structure.parts[0]))
            if structure.frames is not None:
                first.promised = structure.frames
    except UnreadableAudioError as error:
        if not has_ffmpeg:
            raise UnreadableAudioError(
                f"{file.label}: libsndfile cannot read this ({error}); if it is m4a, mp4, webm or wma sound,"
                " pip install 'earwitness[av]' brings a decoder for it."
            ) from error
        return _ffmpeg(file, str(error), stream, stack)
    if has_ffmpeg and (structure.broken or structure.streams > 1):
        with ExitStack() as tried:
            try:
                decoder = _ffmpeg(file, "", stream, tried)
            except UnreadableAudioError:
                if structure.streams > 1:
                    raise
            else:
                stack.push(tried.pop_all())
                decoder.lost_bytes = structure.broken
                return decoder
    if stream not in (None, 1, "1"):
        raise no_such_stream(file.label, stream, ())
    if len(structure.parts) > 1 or structure.broken:
        return Chain(file, structure, first, has_ffmpeg)
    return Continued(file, first) if first.compressed and has_ffmpeg else first


def _ffmpeg(file: SafeFile, words: str, stream: Wanted, stack: ExitStack) -> Decoder:
    from earwitness.audio.decoders.ffmpeg import ffmpeg_decoder

    return stack.enter_context(ffmpeg_decoder(file, words, stream))


def _structure(file: SafeFile) -> Structure:
    """By the first bytes; an mp3 has none of its own, and is walked once libsndfile knows it for one."""
    file.seek(0)
    head = file.read(4)
    structure = _walked(file, head)
    file.seek(0)
    return structure


def _walked(file: SafeFile, head: bytes) -> Structure:
    """By the walker of the format, which is loaded where there is such a file."""
    if head in (b"RIFF", b"RF64", b"FORM"):
        from earwitness.audio.structure import riff

        return riff.walk(file)
    if head == b"OggS":
        from earwitness.audio.structure import ogg

        return ogg.walk(file)
    if head == b"fLaC":
        from earwitness.audio.structure import flac

        return flac.walk(file)
    return AS_IT_IS
