"""What a container surely holds: lengths that are counted, never those that are guessed from a bit rate."""

from __future__ import annotations

import os
import re
from typing import Any

from earwitness.audio.sources import SafeFile

COUNTED = {"mov,mp4,m4a,3gp,3g2,mj2", "avi", "ape", "caf", "tta", "wv", "tak", "dsf", "mpc", "mpc8", "flac"}
"""Containers that count each stream's samples."""

WHOLE = {"matroska,webm", "asf"}
"""Containers that say how long the whole is, which says nothing of one stream among several."""

PLAIN = {"mp3", "aac", "ac3", "eac3", "dts", "amr", "amrnb", "amrwb", "mpegts", "mpeg", "ogg"}
"""Containers read from front to back: what lies behind the last packet was not understood."""

SLACK = 0.25
"""Containers round their length and count a codec's lead-in and lead-out: less than this (s) is no loss."""

LEAST_UNREAD = 16384
"""Bytes at the end that are fewer than this are tags and padding."""

_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")


def promised_seconds(container: Any, stream: Any, start: float) -> float | None:
    """Seconds of sound that the stream surely has, gaps included; None where nothing sure is known.

    ``start`` is where its sound began, in seconds.
    """
    name = container.format.name
    seconds = None
    if name in COUNTED and stream.duration is not None and stream.time_base is not None:
        seconds = float(stream.duration * stream.time_base)
    elif name in WHOLE:
        end = _tagged(stream)
        if end is None and len(container.streams) == 1 and container.duration is not None:
            end = container.duration / 1_000_000
        seconds = None if end is None else end - start
    return None if seconds is None else max(0.0, seconds - SLACK)


def _tagged(stream: Any) -> float | None:
    """Where a stream ends by Matroska's tags, in seconds."""
    found = _CLOCK.match(str(stream.metadata.get("DURATION", "")))
    return None if found is None else 3600 * int(found[1]) + 60 * int(found[2]) + float(found[3])


def unread_bytes(container: Any, file: SafeFile, last: tuple[int, int] | None) -> int:
    """Bytes behind the last packet (its place and size), where they should have been sound."""
    if container.format.name not in PLAIN or len(container.streams) != 1 or last is None or last[0] < 0:
        return 0
    size = file.seek(0, os.SEEK_END)
    left = size - sum(last)
    if left < LEAST_UNREAD:
        return 0
    file.seek(sum(last))
    return left if any(file.read(left if left < 1 << 20 else 1 << 20)) else 0
