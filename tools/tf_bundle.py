"""Read the float32 variables of a TensorFlow 2 checkpoint without TensorFlow.

A checkpoint ("tensor bundle") is two files: ``variables.index``, a sorted string table that maps each
variable's name to a small protocol-buffer record (type, shape, offset, size), and ``variables.data-…``, the
raw little-endian bytes. Both formats are simple enough to read in a page.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

FLOAT32 = 1  # DataType.DT_FLOAT in TensorFlow's types.proto
FOOTER_BYTES = 48  # two block handles (varint pairs) padded to 40 bytes, then an 8-byte magic number

Message = dict[int, list[int | bytes]]


def read_variables(prefix: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Every float32 variable behind ``prefix`` (".../variables/variables"), by name."""
    index = prefix.with_name(prefix.name + ".index").read_bytes()
    data = prefix.with_name(prefix.name + ".data-00000-of-00001").read_bytes()
    variables = {}
    for name, record in _table(index):
        fields = _message(record)
        if not name or fields.get(1, [0])[0] != FLOAT32:
            continue
        offset, size = _int(fields, 4), _int(fields, 5)
        array = np.frombuffer(data[offset : offset + size], "<f4")
        variables[name.decode()] = array.reshape(_shape(fields))
    return variables


def _table(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Walk the string table: footer -> index block -> data blocks -> (key, value)."""
    footer, at = index[-FOOTER_BYTES:], 0
    _, at = _varint(footer, at)  # the meta-index handle, unused
    _, at = _varint(footer, at)
    offset, at = _varint(footer, at)
    size, at = _varint(footer, at)
    for _, handle in _block(index, offset, size):
        start, next_ = _varint(handle, 0)
        length, _ = _varint(handle, next_)
        yield from _block(index, start, length)


def _block(index: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Entries of one block; each key is stored as what differs from the one before it."""
    if index[offset + size]:
        raise ValueError("compressed table blocks are not supported: the pinned checkpoint has none")
    block = index[offset : offset + size]
    restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key = len(block) - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = _varint(block, at)
        fresh, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        at += fresh
        yield key, block[at : at + length]
        at += length


def _message(record: bytes) -> Message:
    """A protocol-buffer message as field number -> values, undecoded."""
    at, fields = 0, Message()
    while at < len(record):
        tag, at = _varint(record, at)
        number, kind = tag >> 3, tag & 7
        value: int | bytes
        if kind == 0:
            value, at = _varint(record, at)
        else:
            length, at = _varint(record, at) if kind == 2 else ({5: 4, 1: 8}[kind], at)
            value, at = record[at : at + length], at + length
        fields.setdefault(number, []).append(value)
    return fields


def _int(fields: Message, number: int) -> int:
    value = fields.get(number, [0])[0]
    assert isinstance(value, int)
    return value


def _shape(fields: Message) -> list[int]:
    """Field 2 is a TensorShapeProto whose field 2 repeats the dimensions."""
    shape = fields.get(2, [b""])[0]
    assert isinstance(shape, bytes)
    return [_int(_message(d), 1) for d in _message(shape).get(2, []) if isinstance(d, bytes)]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at, value, shift = at + 1, value | (byte & 127) << shift, shift + 7
        if byte < 128:
            return value, at
