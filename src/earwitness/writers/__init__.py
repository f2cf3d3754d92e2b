"""Captions into files and streams: one small class per format.

A writer is opened as a context, is handed captions one by one, those of one sound in order and together, and
finishes its output on the way out:

>>> import sys
>>> from earwitness.common.caption import Caption
>>> with get_writer("text", sys.stdout) as writer:
...     writer.write(Caption("dog.wav", 0.0, 2.0, "a dog barks", 0.98))
dog.wav  fit 0.98  a dog barks

Everything is UTF-8 without a byte order mark, with ``\\n`` at line ends. A file appears under its name only
when it is complete. Until then it is called ``<name>.part``; a run that stops half-way leaves that behind
for the formats that grow line by line, and never touches an older file of the name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import PurePath

from earwitness.common.errors import OptionError
from earwitness.writers.base import SoundWriter, Writer
from earwitness.writers.sinks import Destination
from earwitness.writers.sounds import AudacityWriter, SidecarWriter, SrtWriter, VttWriter
from earwitness.writers.streams import CsvWriter, JsonlWriter, JsonWriter, TextWriter
from earwitness.writers.subtitles import SDH_WRITERS, Sdh
from earwitness.writers.timed import DcaseWriter, RavenWriter, TextGridWriter, VttNotesWriter

__all__ = ["FORMATS", "Sdh", "SoundWriter", "Writer", "get_writer"]

_WRITERS: dict[str, type[Writer]] = {
    writer.format: writer
    for writer in (
        TextWriter, JsonWriter, JsonlWriter, CsvWriter, SrtWriter, VttWriter, SidecarWriter, AudacityWriter,
        RavenWriter, TextGridWriter, DcaseWriter, VttNotesWriter,
    )
}  # fmt: skip

FORMATS = tuple(_WRITERS)
"""The names that ``get_writer`` knows."""


def get_writer(
    format: str,
    output: Destination = None,
    *,
    folder: str | os.PathLike[str] | None = None,
    names: Mapping[str, PurePath] | None = None,
    segments: bool = False,
    sdh: Sdh | None = None,
) -> Writer:
    """Make the writer for a format.

    Parameters
    ----------
    format : str
        One of ``FORMATS``.
    output : path, stream, "-" or None
        Where the captions go; standard output unless given. A stream is left open.
    folder : path, optional
        For the formats that make one file per sound: where the sounds' own folders are mirrored.
    names : mapping from ``Caption.path`` to a relative path, optional
        Where in ``folder`` a sound belongs (``FoundSound.relative``); the sound's file name unless given.
    segments : bool
        Whether the formats for people give times.
    sdh : Sdh, optional
        Subtitles for people who cannot hear, in the formats srt and vtt.

    Raises
    ------
    OptionError
        An unknown format, an output that the format cannot go to, or one that cannot be opened.
    """
    if format not in _WRITERS:
        raise OptionError(f"There is no format {format!r}; there are {', '.join(FORMATS)}.")
    if sdh is not None and format not in SDH_WRITERS:
        raise OptionError(f"The style sdh is one of subtitles: {' and '.join(SDH_WRITERS)}, not {format}.")
    kind = _WRITERS[format]
    if folder is not None and output is not None:
        raise OptionError("Captions go to an output or into a folder, not to both.")
    if sdh is not None:
        return SDH_WRITERS[format](output, folder=folder, names=names or {}, segments=segments, sdh=sdh)
    if issubclass(kind, SoundWriter):
        return kind(output, folder=folder, names=names or {}, segments=segments)
    if folder is not None:
        raise OptionError(f"The format {format} makes one file of all sounds: name a file, not a folder.")
    return kind(output, segments=segments)
