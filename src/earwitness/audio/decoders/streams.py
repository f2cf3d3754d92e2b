"""Which of a file's audio streams is heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from earwitness.audio.decoders.languages import language
from earwitness.common.errors import OptionError, UnreadableAudioError

Wanted: TypeAlias = "int | str | None"
"""A stream's number, from 1, or its language; None is the container's default."""


@dataclass(frozen=True)
class AudioStream:
    """One audio stream of a file.

    ``number`` counts the audio streams from 1, as players do; ``language`` and ``title`` are "" where the
    file names none; ``rate`` in Hz; ``default`` is the container's own mark.
    """

    number: int
    language: str
    title: str
    codec: str
    rate: int
    channels: int
    default: bool

    def __str__(self) -> str:
        words = [str(self.number), self.language, self.title, "default" if self.default else ""]
        return " ".join(word for word in words if word)


def choose(streams: Sequence[AudioStream], wanted: Wanted, label: str, best: int) -> int:
    """The index of the stream to hear.

    Parameters
    ----------
    streams : sequence of AudioStream
        At least one.
    wanted : int, str or None
    label : str
        The file's name, for messages.
    best : int
        Index of the one that the container's reader thinks best, where none is marked as the default.

    Raises
    ------
    UnreadableAudioError
        There is no such stream; the message lists those that there are.
    OptionError
        A number below 1.

    Examples
    --------
    >>> english = AudioStream(1, "eng", "", "aac", 48000, 2, default=False)
    >>> german = AudioStream(2, "ger", "", "aac", 48000, 6, default=True)
    >>> [choose([english, german], wanted, "film.mkv", 0) for wanted in (None, 1, "en", "deu")]
    [1, 0, 0, 1]
    """
    defaults = [i for i, stream in enumerate(streams) if stream.default]
    if wanted is None:
        return best if best in defaults or not defaults else defaults[0]
    number = _number(wanted)
    if number is not None:
        if number < 1:
            raise OptionError(f"audio streams are counted from 1, so stream is not {wanted!r}.")
        if number > len(streams):
            raise no_such_stream(label, wanted, streams)
        return number - 1
    spoken = [i for i, stream in enumerate(streams) if language(stream.language) == language(str(wanted))]
    if not spoken:
        raise no_such_stream(label, wanted, streams)
    return next((i for i in spoken if i in defaults), spoken[0])


def _number(wanted: int | str) -> int | None:
    if isinstance(wanted, int):
        return wanted
    return int(wanted) if wanted.strip().lstrip("-").isdecimal() else None


def no_such_stream(label: str, wanted: Wanted, streams: Sequence[AudioStream]) -> UnreadableAudioError:
    """The error for a stream that a file does not have."""
    there = "one audio stream"
    if len(streams) > 1:
        there = f"the audio streams {'; '.join(map(str, streams))}"
    elif streams and streams[0].language:
        there = f"one audio stream ({streams[0].language})"
    return UnreadableAudioError(f"{label} has no audio stream {wanted!r}; it has {there}.")
