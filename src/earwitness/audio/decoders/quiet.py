"""What libmpg123 says on stderr, caught for the file it is about."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

# "[src/libmpg123/parse.c:wetwork():1349] error: Giving up resync after 1024 bytes - ..."
_LINE = re.compile(r"libmpg123|^(?:Note|Warning|Illegal|error): |big_values|part2_3|^\s*$", re.I)
LOSS = re.compile(r"giving up|error|illegal|invalid|too large|missing|broken|corrupt|rewind|overread", re.I)
"""Words of a line that mean that sound was lost; the others speak of tags and lengths."""

# the descriptor is the whole process's: one file at a time has it
_LOCK = RLock()


@contextmanager
def caught(lines: list[str]) -> Iterator[None]:
    """Catch libmpg123's lines in the block, into ``lines``; what others write to stderr passes on to it.

    libsndfile gives no handle on libmpg123, and this writes to the descriptor, past Python. The block should
    be short, for it is held by one thread at a time.
    """
    with _LOCK:
        try:
            kept = os.dup(2)
        except OSError:  # nobody listens there
            yield
            return
        try:
            with tempfile.TemporaryFile() as said:
                os.dup2(said.fileno(), 2)
                try:
                    yield
                finally:
                    os.dup2(kept, 2)
                _sort(said.fileno(), kept, lines)
        finally:
            os.close(kept)


def _sort(said: int, stderr: int, lines: list[str]) -> None:
    size = os.fstat(said).st_size
    if not size:
        return
    os.lseek(said, 0, os.SEEK_SET)
    for line in os.read(said, min(size, 1 << 20)).splitlines(keepends=True):
        text = line.decode("utf-8", "replace")
        if _LINE.search(text):
            lines.append(" ".join(text.split()))
        else:
            os.write(stderr, line)
