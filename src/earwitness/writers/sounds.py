"""The formats that make one file per sound."""

from __future__ import annotations

import re
from typing import Any

from earwitness.common.caption import Caption
from earwitness.common.errors import OptionError
from earwitness.writers.base import SoundWriter
from earwitness.writers.sinks import Destination
from earwitness.writers.text import caption_text, cue_times, escaped, one_line, span, spoken


class SrtWriter(SoundWriter):
    """Subtitles in SubRip's form."""

    format = "srt"
    extension = ".srt"

    def render(self, captions: list[Caption]) -> str:
        """Numbered cues; silence has none."""
        return "".join(
            f"{number}\n{cue_times(caption, ',')}\n{_arrowless(one_line(caption.text))}\n\n"
            for number, caption in enumerate(spoken(captions), 1)
        )


def _arrowless(text: str) -> str:
    # the arrow makes a line one of times; a longer one would leave a shorter one behind if only cut once
    return re.sub("-{2,}>", "->", text)


class VttWriter(SoundWriter):
    """Subtitles in the web's form."""

    format = "vtt"
    extension = ".vtt"

    def render(self, captions: list[Caption]) -> str:
        """Cues after the header; silence has none."""
        cues = (f"\n{cue_times(c, '.')}\n{escaped(one_line(c.text))}\n" for c in spoken(captions))
        return "WEBVTT\n" + "".join(cues)


class AudacityWriter(SoundWriter):
    """A label track: start, end, text, separated by tabs."""

    format = "audacity"
    extension = ".labels.txt"

    def render(self, captions: list[Caption]) -> str:
        """A label per caption; silence has none."""
        return "".join(f"{c.start:.6f}\t{c.end:.6f}\t{one_line(c.text)}\n" for c in spoken(captions))


class SidecarWriter(SoundWriter):
    """A text beside each sound, or mirrored in a folder: ``dog.caption.txt``."""

    format = "sidecar"
    extension = ".caption.txt"
    beside = True

    def __init__(self, output: Destination = None, **options: Any) -> None:
        if output is not None:
            raise OptionError(
                "The format sidecar writes beside each sound or into a folder, to no one output."
            )
        super().__init__(None, **options)

    def render(self, captions: list[Caption]) -> str:
        """The sentence alone, or a line with times for each of several."""
        if len(captions) == 1 and not self.segments:
            return caption_text(captions[0]) + "\n"
        return "".join(f"{span(caption)}  {caption_text(caption)}\n" for caption in captions)
