"""multipart/form-data into one upload and a few short fields, as it arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from earwitness.server.limits.uploads import Upload, Uploads
from earwitness.server.problems import Problem
from earwitness.server.settings import ServerLimits

FILE = "file"
PART_HEADERS = 8
PART_HEADER_BYTES = 4096
WRITE = 1024**2
"""Bytes that are gathered before they are written, in a thread: the loop never waits for a disk."""


@dataclass
class Form:
    """What a body holds: fields in order (a name may come several times), and the sound."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    upload: Upload | None = None

    def discard(self) -> None:
        """Delete the sound, if there is one."""
        if self.upload is not None:
            self.upload.discard()


async def read_form(
    chunks: AsyncIterator[bytes], content_type: str, uploads: Uploads, limits: ServerLimits
) -> Form:
    """Take a multipart body apart.

    Raises
    ------
    Problem
        ``malformed_body``; what had been written is deleted.
    """
    reader = _Reader(uploads, limits)
    try:
        parser = _parser(content_type, reader)
        async for chunk in chunks:
            parser.write(chunk)
            if len(reader.waiting) >= WRITE:
                await run_in_threadpool(reader.flush)
        parser.finalize()
        await run_in_threadpool(reader.flush)
        if not reader.ended:
            raise Problem("malformed_body", "The multipart body ends before its last boundary.")
    except FormParserError:
        reader.form.discard()
        raise Problem("malformed_body", "The body is no well-formed multipart/form-data.") from None
    except BaseException:
        reader.form.discard()
        raise
    return reader.form


def _parser(content_type: str, reader: _Reader) -> MultipartParser:
    _, parameters = parse_options_header(content_type)
    boundary = parameters.get(b"boundary")
    if not boundary:
        raise Problem("malformed_body", "The content type multipart/form-data names no boundary.")
    return MultipartParser(
        boundary,
        {
            "on_part_begin": reader.part_begin,
            "on_part_data": reader.part_data,
            "on_part_end": reader.part_end,
            "on_header_field": reader.header_field,
            "on_header_value": reader.header_value,
            "on_header_end": reader.header_end,
            "on_headers_finished": reader.headers_finished,
            "on_end": reader.end,
        },
        max_header_count=PART_HEADERS,
        max_header_size=PART_HEADER_BYTES,
    )


class _Reader:
    """Callbacks of the parser; nothing that they keep grows without a bound."""

    def __init__(self, uploads: Uploads, limits: ServerLimits) -> None:
        self.form, self.waiting, self.ended = Form(), bytearray(), False
        self._uploads, self._limits = uploads, limits
        self._parts = 0
        self._name, self._value = b"", b""
        self._disposition = b""
        self._field: str | None = None
        self._data = bytearray()

    def flush(self) -> None:
        """Write what waits."""
        if self.form.upload is not None and self.waiting:
            self.form.upload.put(bytes(self.waiting))
        self.waiting.clear()

    def end(self) -> None:
        self.ended = True

    def part_begin(self) -> None:
        self._parts += 1
        self._disposition, self._field, self._data = b"", None, bytearray()
        if self._parts > self._limits.parts:
            raise Problem("malformed_body", f"A body has at most {self._limits.parts} parts.")

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name")
        if kind != b"form-data" or name is None:
            raise Problem(
                "malformed_body", "A part of the body has no 'Content-Disposition: form-data; name=…'."
            )
        named = name.decode("utf-8", "replace")
        if b"filename" not in options and named != FILE:
            self._field = named
            return
        if named != FILE:
            raise Problem("malformed_body", f"The sound is the part {FILE!r}; no other part is a file.")
        if self.form.upload is not None:
            raise Problem("malformed_body", "A request carries one sound; send several requests for several.")
        self.form.upload = self._uploads.new(options.get(b"filename", b"").decode("utf-8", "replace"))

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self.waiting += data[start:end]
            return
        self._data += data[start:end]
        if len(self._data) > self._limits.field_bytes:
            raise Problem("malformed_body", f"A field holds at most {self._limits.field_bytes} bytes.")

    def part_end(self) -> None:
        if self._field is not None:
            self.form.fields.append((self._field, self._data.decode("utf-8", "replace")))
