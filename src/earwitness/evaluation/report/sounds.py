"""A clip's sound in the page: a player and a spectrogram, or why there is none."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import quote

from earwitness.common.errors import AudioError
from earwitness.evaluation.report.markup import Markup, tag
from earwitness.evaluation.report.spectrogram import HEIGHT, RATE, WIDTH, spectrogram_png

EMBED_BYTES = 3_000_000
"""A larger sound is linked, not carried inside the page."""
_SECONDS = 30.0
MEDIA_TYPES = {
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".webm": "audio/webm",
}


def player(path: Path, folder: Path | None, *, embed: bool) -> Markup:
    """An audio element: the sound itself inside it if ``embed`` and it is not too large, else a link.

    Parameters
    ----------
    folder : Path or None
        Where the page will lie, for a relative link; without it the link is absolute.
    """
    source = _data(path) if embed else None
    if source is None:
        source = link(path, folder)
    return tag("audio", controls=True, preload="none", src=source)


def link(path: Path, folder: Path | None) -> str:
    """A link from the page to a file, relative where that is possible."""
    if folder is not None:
        try:
            return quote(Path(os.path.relpath(path, folder)).as_posix())
        except ValueError:  # another drive
            pass
    return path.absolute().as_uri()


def _data(path: Path) -> str | None:
    kind = MEDIA_TYPES.get(path.suffix.lower())
    try:
        if kind is None or path.stat().st_size > EMBED_BYTES:
            return None
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    except OSError:
        return None


def picture(path: Path) -> Markup:
    """The spectrogram of a sound's first half minute as an image, or a line saying why it has none."""
    from earwitness.audio import stream_windows

    try:
        clip = next(iter(stream_windows(path, RATE, _SECONDS)))
    except AudioError as error:
        return tag("p", str(error), class_="note")
    data = base64.b64encode(spectrogram_png(clip.samples, clip.rate)).decode("ascii")
    told = f"spectrogram, {clip.seconds:.1f} seconds"
    return tag("img", src=f"data:image/png;base64,{data}", width=WIDTH, height=HEIGHT, alt=told, title=told)
