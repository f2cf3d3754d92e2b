"""The chunks of wav, RF64 and aiff files, and the samples that a header forgot or never heard of.

A wav's length has 32 bits. Programs that write more let it wrap, or write the largest number there is; a
recorder whose battery died has written 0. libsndfile believes the number; the samples are there all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from earwitness.audio.structure.pieces import AS_IT_IS, Part, Readable, Structure, read_at, size_of

WRAP = 1 << 32

PLACEHOLDER_BYTES = frozenset({0xFFFFFFFF, 0x7FFFF000, 0x7FFFFFFF, 0x80000000})
"""Lengths that programs write when they cannot know: ffmpeg and others, sox, arecord, some recorders."""

LEAST = 1024
"""Bytes behind the samples that are too few to be sound which a header forgot."""

PADDING = 1 << 16
"""Bytes of zeros behind the samples that are taken for padding; more are silence."""

TAGS = (b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN")


@dataclass(frozen=True)
class Chunk:
    """A chunk: its name, and where its body lies and should end."""

    name: bytes
    begin: int
    end: int


def walk(file: Readable) -> Structure:
    """The sounds of a RIFF, RF64 or FORM file: one, unless files were put together."""
    size, place = size_of(file), 0
    parts: list[Part] = []
    while place < size:
        found = _sound(file, place, size)
        if found is None:
            break
        part, place = found
        parts.append(part)
    broken = size - place if parts else 0
    if len(parts) > 1 or (parts and parts[0].pieces != ((0, size),)):
        return Structure(tuple(parts), broken)
    return Structure(AS_IT_IS.parts, broken)


def _sound(file: Readable, place: int, size: int) -> tuple[Part, int] | None:
    """The sound whose header begins here, and where what belongs to it ends."""
    head = read_at(file, place, 12)
    little = head[:4] in (b"RIFF", b"RF64", b"BW64")
    if not little and head[:4] != b"FORM":
        return None
    before, data = _until_data(file, place + 12, size, little)
    if data is None:
        return None
    end = min(data.end, size)
    after = _after(file, end, size, little)
    if after is not None and (data.end > data.begin or after == end or size - end < LEAST):
        return Part(((place, after),)), after
    if after is not None and place + 12 < size and not _silent_from(file, end, size):
        return Part(((place, after),)), after
    # the number is wrong: sound goes on to the end of the file
    make = _wav if little else _aiff
    return make(file, before, data.begin, size) or Part(((place, size),)), size


def _silent_from(file: Readable, place: int, size: int) -> bool:
    return size - place >= LEAST and not any(read_at(file, place, LEAST))


def _until_data(file: Readable, place: int, size: int, little: bool) -> tuple[list[Chunk], Chunk | None]:
    """The chunks before the samples, and that of the samples."""
    before: list[Chunk] = []
    while place + 8 <= size:
        chunk = _chunk(file, place, little)
        if chunk.name in (b"data", b"SSND"):
            return before, _long(file, before, chunk) if chunk.name == b"data" else chunk
        before.append(chunk)
        place = chunk.end + (chunk.end - chunk.begin) % 2
    return before, None


def _chunk(file: Readable, place: int, little: bool) -> Chunk:
    head = read_at(file, place, 8)
    length = int.from_bytes(head[4:8], "little" if little else "big")
    return Chunk(head[:4], place + 8, place + 8 + length)


def _long(file: Readable, before: list[Chunk], chunk: Chunk) -> Chunk:
    """The samples' chunk, of the length that an RF64 file has in a chunk of its own."""
    ds64 = next((c for c in before if c.name == b"ds64"), None)
    if ds64 is None or chunk.end - chunk.begin != 0xFFFFFFFF:
        return chunk
    length = int.from_bytes(read_at(file, ds64.begin + 8, 8), "little")
    return Chunk(chunk.name, chunk.begin, chunk.begin + length)


def _after(file: Readable, place: int, size: int, little: bool) -> int | None:
    """Where what is known to lie behind the samples ends, None where it is nothing that is known.

    Chunks and tags, and nothing that could be sound: a header of another file ends it.
    """
    if size - place < LEAST:
        return size
    while place + 8 <= size:
        head = read_at(file, place, 12)
        if head[:4] in (b"RIFF", b"RF64", b"FORM") and head[8:12] in (b"WAVE", b"AIFF", b"AIFC"):
            return place
        if head.startswith(TAGS):
            return size
        if not any(head):
            return size if size - place <= PADDING and not any(read_at(file, place, PADDING)) else None
        if not _is_name(head[:4]):
            if not _is_name(head[1:5]):  # a writer that forgot the odd byte
                return None
            place += 1
        chunk = _chunk(file, place, little)
        if chunk.end > size + 1:
            return None
        place = chunk.end + (chunk.end - chunk.begin) % 2
    return size


def _is_name(name: bytes) -> bool:
    return len(name) == 4 and all(32 <= byte < 127 for byte in name) and name.strip().isalnum()


def _wav(file: Readable, before: list[Chunk], begin: int, size: int) -> Part | None:
    """The samples with a header that counts them; RF64 (EBU Tech 3306) where 32 bits cannot."""
    length, head = size - begin, b""
    for chunk in before:
        if chunk.name == b"fmt " and chunk.end - chunk.begin < 1 << 16:
            body = read_at(file, chunk.begin, chunk.end - chunk.begin)
            head = b"fmt " + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
    if not head:
        return None
    whole = 4 + len(head) + 8 + length
    if whole < WRAP:
        start = b"RIFF" + whole.to_bytes(4, "little") + b"WAVE"
        return Part((start + head + b"data" + length.to_bytes(4, "little"), (begin, size)))
    ds64 = b"ds64" + (28).to_bytes(4, "little") + (whole + 36).to_bytes(8, "little")
    ds64 += length.to_bytes(8, "little") + bytes(12)
    return Part((b"RF64\xff\xff\xff\xffWAVE" + ds64 + head + b"data\xff\xff\xff\xff", (begin, size)))


def _aiff(file: Readable, before: list[Chunk], begin: int, size: int) -> Part | None:
    """The samples with a header that counts them."""
    common = next((c for c in before if c.name == b"COMM"), None)
    kind = read_at(file, before[0].begin - 12, 4) if before else b""
    if common is None or common.end - common.begin > 1 << 16 or size >= WRAP:
        return None
    body = bytearray(read_at(file, common.begin, common.end - common.begin))
    frame = int.from_bytes(body[:2], "big") * ((int.from_bytes(body[6:8], "big") + 7) // 8)
    length = size - begin
    body[2:6] = ((length - 8) // max(frame, 1)).to_bytes(4, "big")
    head = b"COMM" + len(body).to_bytes(4, "big") + bytes(body) + bytes(len(body) % 2)
    head += b"SSND" + length.to_bytes(4, "big")
    whole = 4 + len(head) + length
    return Part((b"FORM" + whole.to_bytes(4, "big") + kind + head, (begin, size)))
