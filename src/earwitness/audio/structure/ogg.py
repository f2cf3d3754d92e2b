"""The pages of an Ogg file, RFC 3533: streams one after the other (a chain), and streams in one another.

libsndfile reads the first stream of a chain and calls that the end.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from earwitness.audio.structure.pieces import Part, Readable, Structure, read_at, size_of

HEADER = 27
CHUNK = 1 << 16
SOUND = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")
"""How the first packet of a stream of sound begins; libsndfile reads all but the last."""

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass
class Link:
    """Streams that begin together: where their pages lie, and which hold sound."""

    begin: int
    end: int
    sounds: set[int] = field(default_factory=set)
    # the number that the next page of a stream should have
    expected: dict[int, int] = field(default_factory=dict)
    begun: bool = False


def walk(file: Readable) -> Structure:
    """The links of the chain, and the bytes of pages that are damaged or missing."""
    links: list[Link] = []
    place, broken, size = 0, 0, size_of(file)
    while place < size:
        head = read_at(file, place, HEADER + 255)
        page = _page_size(head)
        if not page:
            found = _next(file, place + 1, size)
            # one page cut off at the end is a file that was cut off
            broken += found - place if found < size or not head.startswith(b"OggS"[: len(head)]) else 0
            place = found
            continue
        if place + page > size:
            break
        if not _sum_is_right(read_at(file, place, page)):
            broken += page
        else:
            broken += _take(links, place, page, head, read_at(file, place + HEADER + head[26], 8))
        place += page
    if not links:
        return Structure((Part(()),), broken)
    streams = max(len(link.sounds) for link in links)
    if len(links) == 1:
        return Structure((Part(()),), broken, streams)
    return Structure(tuple(Part(((link.begin, link.end),)) for link in links if link.sounds), broken, streams)


def _page_size(head: bytes) -> int:
    if len(head) < HEADER or head[:4] != b"OggS" or head[4] != 0 or len(head) < HEADER + head[26]:
        return 0
    return HEADER + head[26] + sum(head[HEADER : HEADER + head[26]])


def _take(links: list[Link], place: int, page: int, head: bytes, body: bytes) -> int:
    """Put a page to its link; how many bytes before it are surely lost, at least a page's worth."""
    serial, number = int.from_bytes(head[14:18], "little"), int.from_bytes(head[18:22], "little")
    begins = bool(head[5] & 2)
    if not links or (begins and links[-1].begun):
        links.append(Link(place, place))
    link = links[-1]
    link.end = place + page
    link.begun = link.begun or not begins
    if begins and body.startswith(SOUND):
        link.sounds.add(serial)
    lost = 0 if begins or number == link.expected.get(serial, number) else page
    link.expected[serial] = number + 1
    return lost


def _sum_is_right(page: bytes) -> bool:
    """Whether the page's checksum is right: CRC-32, not mirrored, from 0, with zeros in its own place."""
    blank = page[:22] + bytes(4) + page[26:]
    # zlib's CRC is the mirror image, begins with ones and ends inverted
    crc = zlib.crc32(blank.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{crc:032b}"[::-1], 2) == int.from_bytes(page[22:26], "little")


def _next(file: Readable, place: int, size: int) -> int:
    while place < size:
        chunk = read_at(file, place, CHUNK)
        found = chunk.find(b"OggS")
        if found >= 0:
            return place + found
        if len(chunk) < 4:
            break
        place += len(chunk) - 3
    return size
