"""Subtitle files that exist already: read with their times, kept byte for byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from earwitness.common.errors import TableError
from earwitness.timeline.subtitles.rules import Cue

TIMES = re.compile(
    r"^\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})(?:\s.*)?$"
)
FORMATS = ("srt", "vtt")
EXAMPLES = {"srt": "00:00:01,000 --> 00:00:02,500", "vtt": "00:00:01.000 --> 00:00:02.500"}
MOST_BYTES = 64_000_000


@dataclass(frozen=True)
class Spoken:
    """A cue of the file: times in milliseconds, and the line of the file on which it begins, from 0."""

    start: int
    end: int
    line: int


@dataclass(frozen=True)
class SubtitleFile:
    """A subtitle file: its lines as they are, and its cues."""

    format: str
    encoding: str
    mark: bytes
    lines: tuple[str, ...]
    cues: tuple[Spoken, ...]
    # the greatest number of a cue
    last: int = 0

    def with_cues(self, cues: Iterable[Cue], render: Callable[[Cue, int], str]) -> bytes:
        """The file with more cues in it, every line of its own unchanged.

        Each new cue stands before the first cue that begins later. Numbers go on from the file's greatest:
        what is there keeps its number, and players go by the times.

        Parameters
        ----------
        cues : iterable of Cue
            In order.
        render : callable
            A cue and its number -> its text in the file, an empty line at its end, line breaks ``\\n``.
        """
        before: dict[int, list[str]] = {}
        for number, cue in enumerate(cues, self.last + 1):
            line = next((s.line for s in self.cues if s.start > cue.start), len(self.lines))
            before.setdefault(line, []).append(render(cue, number))
        new = next((end for x in self.lines if (end := x[len(x.rstrip("\r\n")) :])), "\n")
        out = [self.mark]
        for i in range(len(self.lines) + 1):
            if i in before:
                texts = "".join(before[i]).replace("\n", new)
                out.append(self._encoded(self._parted(i, new) + texts))
            if i < len(self.lines):
                out.append(self.lines[i].encode(self.encoding))
        return b"".join(out)

    def _parted(self, line: int, new: str) -> str:
        """What parts a new cue from the line before it, where no empty line does."""
        if line == 0 or not self.lines[line - 1].strip():
            return ""
        return new if self.lines[line - 1].endswith(("\n", "\r")) else new + new

    def _encoded(self, text: str) -> bytes:
        # old encodings have no note; teletext's sign for music is in all of them
        return text.replace("♪", "#").encode(self.encoding, "replace") if self.encoding == "latin-1" else (
            text.encode(self.encoding))  # fmt: skip


def read_subtitles(path: Path) -> SubtitleFile:
    """Read subtitles.

    Parameters
    ----------
    path : Path
        A ``.srt`` or ``.vtt`` file in UTF-8, UTF-16 with a byte order mark, or an old one-byte encoding.

    Raises
    ------
    TableError
        There is no such file, it is no subtitle file, or it is broken; the message names the line.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise TableError(
            f"{path.name}: sounds are woven into .srt and .vtt subtitles, not into {kind or 'this'}."
        )
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TableError(f"{path.name} is too large for subtitles: over {MOST_BYTES // 1_000_000} MB.")
        data = path.read_bytes()
    except OSError as error:
        raise TableError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    return parse_subtitles(data, kind, path.name)


def parse_subtitles(data: bytes, kind: str, name: str) -> SubtitleFile:
    """Subtitles from bytes; see ``read_subtitles``.

    >>> file = parse_subtitles(b"1\\n00:00:01,000 --> 00:00:02,000\\nHello.\\n", "srt", "a.srt")
    >>> file.cues, file.with_cues([], lambda cue, number: "")
    ((Spoken(start=1000, end=2000, line=0),), b'1\\n00:00:01,000 --> 00:00:02,000\\nHello.\\n')
    """
    encoding, mark, text = _decoded(data)
    lines = tuple(re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+", text))
    if "\0" in text:
        raise TableError(f"{name} is no subtitle file: line {_line_of(lines, chr(0))} holds binary data.")
    reader = _Reader(kind, name, lines)
    cues = tuple(reader.cues())
    return SubtitleFile(kind, encoding, mark, lines, cues, reader.last)


def _decoded(data: bytes) -> tuple[str, bytes, str]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):  # fmt: skip
        if data.startswith(mark):
            try:
                return encoding, mark, data[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                break
    try:
        return "utf-8", b"", data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1", b"", data.decode("latin-1")  # every byte comes back as it was


def _line_of(lines: Iterable[str], what: str) -> int:
    return next(i for i, line in enumerate(lines, 1) if what in line)


class _Reader:
    """Goes through a file's lines block by block; blocks are parted by empty lines."""

    def __init__(self, kind: str, name: str, lines: tuple[str, ...]) -> None:
        self.kind, self.name, self.lines, self.last = kind, name, [line.strip() for line in lines], 0

    def cues(self) -> Iterable[Spoken]:
        """Every cue, in the order of the file."""
        place = 0
        if self.kind == "vtt":
            if not self.lines or not re.match(r"WEBVTT(?:\s|$)", self.lines[0]):
                raise self._broken(0, "WebVTT begins with the line WEBVTT")
            place = self._block_end(0)
        while place < len(self.lines):
            if not self.lines[place]:
                place += 1
                continue
            end = self._block_end(place)
            if not (self.kind == "vtt" and re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", self.lines[place])):
                yield self._cue(place, end)
            place = end

    def _block_end(self, place: int) -> int:
        return next((i for i in range(place, len(self.lines)) if not self.lines[i]), len(self.lines))

    def _cue(self, first: int, end: int) -> Spoken:
        at = first
        if not TIMES.match(self.lines[at]) and "-->" not in self.lines[at]:
            if self.kind == "srt" and not self.lines[at].isdecimal():
                raise self._broken(at, "a cue begins with its number and a line of times")
            self.last = max(self.last, int(self.lines[at])) if self.lines[at].isdecimal() else self.last
            at += 1
        if at >= end:
            raise self._broken(at, "after a cue's number comes a line of times")
        match = TIMES.match(self.lines[at])
        if match is None:
            raise self._broken(at, "here belongs a line of times")
        start, stop = (self._milliseconds(at, match.groups()[i : i + 4]) for i in (0, 4))
        if stop < start:
            raise self._broken(at, "a cue ends after it begins")
        for i in range(at + 1, end):
            if TIMES.match(self.lines[i]):
                raise self._broken(i, "an empty line is missing before this cue")
        return Spoken(start, stop, first)

    def _milliseconds(self, at: int, parts: tuple[str | None, ...]) -> int:
        hours, minutes, seconds, rest = (p or "0" for p in parts)
        if int(minutes) > 59 or int(seconds) > 59:
            raise self._broken(at, "minutes and seconds are below 60")
        return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest.ljust(3, "0"))

    def _broken(self, line: int, rule: str) -> TableError:
        found = self.lines[line] if line < len(self.lines) else ""
        shown = f"{found[:60]!r} stands there" if found else "there is nothing"
        return TableError(
            f"{self.name}, line {line + 1}: {rule} (such as {EXAMPLES[self.kind]}), but {shown}."
        )
