"""Where the streams of a flac file begin: files that were put together are read one after the other."""

from __future__ import annotations

from earwitness.audio.structure.pieces import AS_IT_IS, Part, Readable, Structure, read_at, size_of

MARK = b"fLaC"
CHUNK = 1 << 20
STREAMINFO = 34


def walk(file: Readable) -> Structure:
    """The streams of a flac file: each begins with its mark and a block that describes it."""
    size = size_of(file)
    places = _places(file, size)
    if len(places) < 2:
        return AS_IT_IS
    return Structure(tuple(Part(((b, e),)) for b, e in zip(places, [*places[1:], size], strict=True)))


def _places(file: Readable, size: int) -> list[int]:
    places, place = [], 0
    while place < size:
        chunk = read_at(file, place, CHUNK)
        if len(chunk) < len(MARK):
            break
        found = chunk.find(MARK)
        while found >= 0:
            head = read_at(file, place + found + 4, 4)
            if len(head) == 4 and head[0] & 0x7F == 0 and int.from_bytes(head[1:], "big") == STREAMINFO:
                places.append(place + found)
            found = chunk.find(MARK, found + 1)
        place += len(chunk) - len(MARK) + 1
    return sorted(set(places))
