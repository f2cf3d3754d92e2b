"""A sound as a picture: spectrogram, waveform, its events, its keywords over time, and a player.

>>> import earwitness, numpy as np
>>> noise = np.random.default_rng(0).normal(0, 0.1, 16000 * 3).astype(np.float32)
>>> picture = shown(earwitness.load(), (noise, 16000))
>>> round(picture.seconds, 1), picture.sound[:3] != b""
(3.0, True)
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions
from earwitness.common.errors import OptionError
from earwitness.common.files import whole_file
from earwitness.show.portrait import Portrait, portrait, tagger_of
from earwitness.timeline.options import EventOptions

__all__ = ["Portrait", "shown", "writer_for"]


def shown(captioner: Captioner, source: Any, options: CaptionOptions | None = None) -> Portrait:
    """Caption a sound's events and gather what a picture of it shows.

    Parameters
    ----------
    captioner : Captioner
    source : path, bytes, seekable binary file object, Clip, or (array, rate)
        It is read twice.
    options : CaptionOptions, optional
        With the events that are asked for; the defaults unless given.

    Raises
    ------
    AudioError
        The sound cannot be read; the message says why.
    """
    options = options or CaptionOptions(events=EventOptions())
    events = captioner.caption_segments(source, options)
    name = Path(events[0].path).name if events else ""
    tagger = tagger_of(captioner.encoder)
    return portrait(source, name, events, tagger, captioner.encoder.rate, options.limits)


def writer_for(output: str) -> Callable[[Portrait, Path], None]:
    """What writes a picture into a file of that name; OptionError for an ending that none is known for."""
    kind = Path(output).suffix.lower()
    if kind in (".html", ".htm"):
        return _write_page
    if kind == ".svg":
        return _write_svg
    if kind == ".png":
        return _write_png
    raise OptionError(f"a picture is .html, .svg or .png, not {kind or output!r}: name such a file with -o.")


def _write_page(of: Portrait, path: Path) -> None:
    from earwitness.show.page import to_page

    _write(path, to_page(of).encode("utf-8", "backslashreplace"))


def _write_svg(of: Portrait, path: Path) -> None:
    from earwitness.show.page import to_svg

    _write(path, to_svg(of).encode("utf-8", "backslashreplace"))


def _write_png(of: Portrait, path: Path) -> None:
    from earwitness.show.raster import to_png

    _write(path, to_png(of))


def _write(path: Path, data: bytes) -> None:
    if path.is_dir():
        raise OptionError(f"{path} is a folder, not a file to write to.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as file:
            file.write(data)
    except OSError as error:
        raise OptionError(f"{path} cannot be written: {error.strerror or error}.") from error
