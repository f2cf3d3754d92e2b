"""The frames of an mp3 (or mp2) file: a walk from header to header, ISO 11172-3, section 2.4.

Without a count of its frames a decoder estimates an mp3's length from its first frame and stops there. And
where two files were put together, or bytes were lost, libmpg123 gives up after a kilobyte that is no frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from earwitness.audio.structure.pieces import Part, Piece, Readable, Structure, read_at, size_of

BITRATES = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""kbit/s by (MPEG version, layer)."""

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Hz by the two bits of the version: 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5."""

CHUNK = 1 << 20
SYNC = re.compile(rb"\xff[\xe2-\xff]")
FOLLOWERS = 2
"""Headers in a row that must follow one found by chance, for eleven bits are soon found in anything."""


@dataclass(frozen=True)
class Header:
    """A frame's header: bytes and samples of the frame, and what all frames of a stream have in common."""

    size: int
    samples: int
    rate: int
    layer: int
    # what mono and stereo frames of one stream share
    kin: int
    # bytes before a Xing mark, in mono and in stereo
    marks: tuple[int, int]


@lru_cache(maxsize=1)
def _headers() -> list[Header | None]:
    """By the low 5 bits of the second byte and the third: every header there is."""
    return [_header(high, low) for high in range(0xE0, 0x100) for low in range(256)]


def _header(second: int, third: int) -> Header | None:
    version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
    bits, rate_bits = third >> 4, third >> 2 & 3
    if version == 1 or layer == 4 or bits in (0, 15) or rate_bits == 3:
        return None
    generation = 1 if version == 3 else 2
    rate = RATES[version][rate_bits]
    bitrate = 1000 * BITRATES[generation, layer][bits - 1]
    pad = third >> 1 & 1
    samples = 384 if layer == 1 else 576 if layer == 3 and generation == 2 else 1152
    slot = 4 if layer == 1 else 1
    size = (samples // 8 * bitrate // rate // slot + pad) * slot
    side = (17, 32) if generation == 1 else (9, 17)
    kin = version << 4 | layer << 2 | rate_bits
    return Header(size, samples, rate, layer, kin, (4 + side[0], 4 + side[1]))


@dataclass
class Section:
    """Frames of one stream: where they lie, and how many its Xing frame says there are."""

    head: bytes
    header: Header
    channels: int
    runs: list[tuple[int, int]] = field(default_factory=list)
    frames: int = 0
    counted: int | None = None
    # the frame that counts the others, and that the decoder takes the encoder's delay from
    info: tuple[int, int] | None = None


class _Window:
    """The file around a place, read forwards a megabyte at a time."""

    def __init__(self, file: Readable) -> None:
        self._file, self.size = file, size_of(file)
        self._base, self._buffer = 0, b""

    def at(self, place: int, length: int) -> bytes:
        if not self._base <= place <= place + length <= self._base + len(self._buffer):
            # a little of what lies before, for a search goes on from where it looked ahead
            self._base = max(0, place - CHUNK // 16)
            self._buffer = read_at(self._file, self._base, place - self._base + max(CHUNK, length))
        begin = place - self._base
        return self._buffer[begin : begin + length]


def walk(file: Readable) -> Structure:
    """The sounds of an mp3 file, each whole, with junk between the frames left out.

    Where frames are counted rightly, the file is left as it is; elsewhere each part begins with a Xing frame
    that counts the frames that are there.
    """
    sections, broken = _sections(_Window(file))
    if not sections:
        return Structure((Part(()),), broken)
    first = sections[0]
    alone = len(sections) == 1 and not broken
    if alone and first.header.layer != 3:
        # no frame counts the others in these, and the decoder's own number is an estimate
        return Structure((Part(()),), frames=first.frames * first.header.samples)
    if alone and _counts(first):
        return Structure((Part(()),))
    return Structure(tuple(_part(section) for section in sections), broken)


def _counts(section: Section) -> bool:
    # more than are there is a file that was cut off, which its decoder sees too
    return section.counted is not None and section.counted >= section.frames - 1


def _part(section: Section) -> Part:
    runs: tuple[Piece, ...] = tuple(section.runs)
    if section.header.layer != 3:
        return Part(runs)
    if section.info is not None and section.counted is not None and _counts(section):
        return Part((section.info, *runs))
    return Part((xing(section.head, section.header, section.frames), *runs))


def xing(head: bytes, header: Header, frames: int) -> bytes:
    """A frame that decodes to nothing and counts the others."""
    mono = head[3] >> 6 == 3
    mark = header.marks[0 if mono else 1]
    third = head[2] & 0x0D
    for bits in range(1, 15):
        own = _headers()[(head[1] & 0x1F) << 8 | bits << 4 | third]
        if own is not None and own.size >= mark + 12:
            body = b"Xing" + (1).to_bytes(4, "big") + frames.to_bytes(4, "big")
            # without the bit that says a checksum follows
            start = bytes([0xFF, head[1] | 1, bits << 4 | third, head[3]])
            return (start + bytes(mark - 4) + body).ljust(own.size, b"\0")
    raise AssertionError("a frame of 320 kbit/s holds any mark")


def _sections(window: _Window) -> tuple[list[Section], int]:
    """The sections of a file, and how many bytes in it are neither frames nor tags."""
    sections: list[Section] = []
    broken = junk = 0
    for begin, end, header, head in _frames(window):
        if header is None:
            junk += end - begin
            continue
        broken, junk = broken + junk, 0
        channels = 1 if head[3] >> 6 == 3 else 2
        last = sections[-1] if sections else None
        mark = header.marks[0 if channels == 1 else 1]
        info = window.at(begin + mark, 12) if header.layer == 3 else b""
        if info[:4] in (b"Xing", b"Info") and header.size >= mark + 12:
            counted = int.from_bytes(info[8:12], "big") if info[7] & 1 else None
            section = Section(head, header, channels, counted=counted, info=(begin, end))
            sections.append(section)
            continue
        if last is None or last.header.kin != header.kin or last.channels != channels:
            last = Section(head, header, channels)
            sections.append(last)
        if last.runs and last.runs[-1][1] == begin:
            last.runs[-1] = (last.runs[-1][0], end)
        else:
            last.runs.append((begin, end))
        last.frames += 1
    if junk and window.at(window.size - min(junk, 4096), min(junk, 4096)).strip(b"\0 "):
        # a frame that was cut off at the end is a file cut off, unless more is behind it
        broken += junk if junk > 2880 else 0
    return [s for s in sections if s.frames], broken


def _frames(window: _Window) -> Iterator[tuple[int, int, Header | None, bytes]]:
    """(begin, end, header, its bytes) of each frame, with None of each stretch that is no frame or tag."""
    table, place, kin = _headers(), 0, -1
    while place < window.size:
        head = window.at(place, 4)
        header = _of(table, head)
        if header is not None and (header.kin == kin or _followed(window, place, header)):
            if place + header.size > window.size:
                yield place, window.size, None, b""
                return
            kin = header.kin
            yield place, place + header.size, header, head
            place += header.size
            continue
        tag = _tag(window, place)
        if tag:
            place, kin = place + tag, -1
            continue
        found = _next(window, place + 1)
        yield place, found, None, b""
        place, kin = found, -1


def _of(table: list[Header | None], head: bytes) -> Header | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] < 0xE0:
        return None
    return table[(head[1] & 0x1F) << 8 | head[2]]


def _followed(window: _Window, place: int, header: Header) -> bool:
    """Whether frames of the same stream follow, or the file ends with this one."""
    for _ in range(FOLLOWERS):
        place += header.size
        if place >= window.size or _tag(window, place):
            return True
        following = _of(_headers(), window.at(place, 4))
        if following is None or following.kin != header.kin:
            return False
        header = following
    return True


def _next(window: _Window, place: int) -> int:
    """Where the next frame or tag lies."""
    while place < window.size:
        chunk = window.at(place, min(CHUNK, window.size - place))
        for match in SYNC.finditer(chunk):
            header = _of(_headers(), window.at(place + match.start(), 4))
            if header is not None and _followed(window, place + match.start(), header):
                return place + match.start()
        place += max(1, len(chunk) - 1)
        if len(chunk) < 2:
            break
    return window.size


def _tag(window: _Window, place: int) -> int:
    """Bytes of the tag that begins here, 0 where there is none."""
    head = window.at(place, 32)
    if head[:3] == b"ID3" and len(head) >= 10 and max(head[6:10]) < 128:
        # four bytes of seven bits each
        return 10 + sum(byte << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    if head[:3] == b"TAG" and (beyond := window.at(place + 128, 3))[:1] in (b"\xff", b"I", b"A", b""):
        return min(128, window.size - place) if beyond[:1] != b"I" or beyond == b"ID3" else 0
    if head[:8] == b"APETAGEX":
        header = head[23] & 0x20
        return int.from_bytes(head[12:16], "little") + (32 if header else 0)
    if head[:11] == b"LYRICSBEGIN":
        return window.size - place
    return 0
