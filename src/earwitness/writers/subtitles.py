"""Subtitles for people who cannot hear: sound descriptions by the style's rules, alone or woven into
others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from earwitness.common.caption import Caption
from earwitness.timeline.subtitles.marks import MARKS, Marks
from earwitness.timeline.subtitles.rules import Cue, Rules
from earwitness.writers.base import SoundWriter
from earwitness.writers.text import escaped, timestamp

if TYPE_CHECKING:
    from earwitness.timeline.subtitles.files import SubtitleFile


@dataclass(frozen=True)
class Sdh:
    """The style: its marks and rules, and the subtitles that the descriptions are woven into, if any."""

    marks: Marks = MARKS["en"]
    rules: Rules = field(default_factory=Rules)
    into: SubtitleFile | None = None


class SdhWriter(SoundWriter):
    """Sound descriptions as SubRip or WebVTT cues."""

    mark: ClassVar[str]

    def __init__(self, output: Any = None, *, sdh: Sdh, **options: Any) -> None:
        super().__init__(output, **options)
        self.sdh = sdh

    def render(self, captions: list[Caption]) -> str | bytes:
        """The descriptions' cues; or the file they are woven into, every spoken cue of which stays as it
        was."""
        # the rules of the style are a grammar, which no other format has to load
        from earwitness.timeline.subtitles.cues import sound_cues
        from earwitness.timeline.subtitles.weave import woven

        sdh = self.sdh
        cues = sound_cues(captions, sdh.rules, sdh.marks)
        if sdh.into is None:
            return self.head + "".join(self.cue(cue, number) for number, cue in enumerate(cues, 1))
        spoken = [(c.start, c.end) for c in sdh.into.cues]
        return sdh.into.with_cues(woven(cues, spoken, sdh.rules), self.cue)

    head: ClassVar[str] = ""

    def cue(self, cue: Cue, number: int) -> str:
        """One cue and an empty line."""
        raise NotImplementedError

    def times(self, cue: Cue) -> str:
        """The line of times."""
        return f"{timestamp(cue.start, self.mark)} --> {timestamp(cue.end, self.mark)}"


class SdhSrtWriter(SdhWriter):
    """Sound descriptions in SubRip's form."""

    format = "srt"
    extension = ".srt"
    mark = ","

    def cue(self, cue: Cue, number: int) -> str:
        """Number, times, text, an empty line."""
        return f"{number}\n{self.times(cue)}\n{cue.text}\n\n"


class SdhVttWriter(SdhWriter):
    """Sound descriptions in the web's form."""

    format = "vtt"
    extension = ".vtt"
    mark = "."
    head = "WEBVTT\n\n"

    def cue(self, cue: Cue, number: int) -> str:
        """Times, text, an empty line."""
        return f"{self.times(cue)}\n{escaped(cue.text)}\n\n"


SDH_WRITERS: dict[str, type[SdhWriter]] = {w.format: w for w in (SdhSrtWriter, SdhVttWriter)}
