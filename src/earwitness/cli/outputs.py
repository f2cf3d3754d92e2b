"""Where ``earwitness caption`` writes, and where it notes down how far it came."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import OptionError

if TYPE_CHECKING:
    from earwitness.audio import FoundSound
    from earwitness.captioning.journal import Journal
    from earwitness.writers import Sdh, Writer


class Format(str, Enum):
    """What can be written."""

    text = "text"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    srt = "srt"
    vtt = "vtt"
    sidecar = "sidecar"
    audacity = "audacity"
    raven = "raven"
    textgrid = "textgrid"
    dcase = "dcase"
    vtt_notes = "vtt-notes"


BY_ENDING = {
    "json": Format.json, "jsonl": Format.jsonl, "csv": Format.csv, "srt": Format.srt, "vtt": Format.vtt,
    "textgrid": Format.textgrid, "selections.txt": Format.raven, "tsv": Format.dcase, "txt": Format.text,
}  # fmt: skip
"""Formats that an output's ending asks for."""

ONE_FILE_A_SOUND = {
    Format.srt, Format.vtt, Format.sidecar, Format.audacity, Format.raven, Format.textgrid, Format.vtt_notes,
}  # fmt: skip


@dataclass(frozen=True)
class Output:
    """The format, and the file, folder or screen that captions go to."""

    # how
    format: Format
    segments: bool
    # where to: a file, or a folder with a file a sound; both None is the screen, or beside the sounds
    file: str | None
    folder: str | None
    # subtitles as sound descriptions, and what they are woven into
    sdh: Sdh | None = None

    @classmethod
    def plan(
        cls,
        format: Format,
        output: str | None,
        sounds: Sequence[FoundSound],
        segments: bool,
        sdh: Sdh | None = None,
    ) -> Output:
        """What a person means by an output: several sounds in a format of one file a sound need a folder."""
        if output in (None, "-") or format not in ONE_FILE_A_SOUND:
            return cls(format, segments, output, None, sdh)
        assert output is not None
        several = len(sounds) > 1 or format is Format.sidecar or output.endswith("/") or Path(output).is_dir()
        file, folder = (None, output) if several else (output, None)
        return cls(format, segments, file, folder, sdh)

    def writer(self, sounds: Sequence[FoundSound], *, keywords: bool, explain: bool, bom: bool) -> Writer:
        """The writer, not yet open."""
        from earwitness.writers import get_writer

        names = {str(s.path): s.relative for s in sounds}
        writer = get_writer(
            self.format.value,
            self.file,
            folder=self.folder,
            names=names,
            segments=self.segments,
            sdh=self.sdh,
        )
        if self.format is Format.text:
            writer.keywords, writer.explain = keywords, explain  # type: ignore[attr-defined]
        if bom and self.format is not Format.csv:
            raise OptionError(f"--bom is for csv, which Excel opens; {self.format.value} has none.")
        if bom:
            writer.bom = True  # type: ignore[attr-defined]
        return writer

    def journal(self, sounds: Sequence[FoundSound], settings: dict[str, Any]) -> Journal:
        """Where the run is noted down: beside what it writes, or in the user's cache if that is none."""
        from earwitness.captioning.journal import Journal
        from earwitness.writers.sinks import is_special

        if self.folder is not None:
            return Journal(Path(self.folder) / ".earwitness.journal", settings)
        file = None if self.file in (None, "-") else Path(str(self.file))
        if file is not None and not is_special(file):
            file = Path(os.path.realpath(file)) if file.is_symlink() else file
            return Journal(file.with_name(file.name + ".journal"), settings)
        from earwitness.common.cache import cache_folder

        # the sounds' folders are not ours to put anything else into
        named = json.dumps([self.format.value, *(os.path.abspath(s.path) for s in sounds)]).encode()  # noqa: PTH100
        runs = cache_folder() / "runs"
        sidecar = self.format is Format.sidecar
        return Journal(runs / hashlib.sha256(named).hexdigest()[:32], settings, insist=sidecar)


def ending(output: str | None, into: str | None = None) -> Format:
    """The format that an output's name asks for, or that of the subtitles it goes into; else text.

    Raises
    ------
    OptionError
        The output's name asks for one that there is not.

    >>> ending("captions.csv").value, ending("out/").value, ending(None).value, ending(None, "film.vtt").value
    ('csv', 'text', 'text', 'vtt')
    """
    if into is not None:
        return Format.vtt if into.lower().endswith(".vtt") else Format.srt
    if output is None or output == "-" or output.endswith("/") or Path(output).is_dir():
        return Format.text
    suffix = Path(output).suffix.lower()
    found = [form for end, form in BY_ENDING.items() if output.lower().endswith(f".{end}")]
    if not found and suffix:
        raise OptionError(
            f"no format has names that end in {suffix}, as {output} does: end it in"
            f" .{', .'.join(BY_ENDING)}, or say which format with --format."
        )
    return found[0] if found else Format.text


def stamps(folder: str | None) -> list[tuple[str, int, int]]:
    """The files of a model's folder by name, size and time: another model in its place is another run."""
    if folder is None or not Path(folder).exists():
        return []
    path = Path(folder)
    files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
    return [(p.name, (found := p.stat()).st_size, found.st_mtime_ns) for p in files]
