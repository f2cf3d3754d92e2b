"""What the flags for events and subtitles mean together."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from earwitness.cli.outputs import Format
from earwitness.common.errors import OptionError

if TYPE_CHECKING:
    from earwitness.timeline.options import EventOptions
    from earwitness.writers import Sdh


class Style(str, Enum):
    """How subtitles are written."""

    plain = "plain"
    sdh = "sdh"


def subtitle_style(
    style: Style | None, format: Format, cut: bool, into: str | None, language: str, sounds: int
) -> Sdh | None:
    """The style of subtitles that is asked for; None for any other output.

    Subtitles for which nothing else was asked are sound descriptions at the moments of the sounds: that is
    what subtitles of sounds are for.
    """
    subtitles = format in (Format.srt, Format.vtt)
    if into is not None:
        if style is Style.plain:
            raise OptionError("--into weaves sound descriptions, which are of the style sdh, not plain.")
        if sounds > 1:
            raise OptionError(f"--into takes one film and its subtitles, not {sounds} sounds.")
    elif style is Style.plain or (style is None and (cut or not subtitles)):
        return None
    from earwitness.timeline.subtitles.files import read_subtitles
    from earwitness.timeline.subtitles.marks import marks_of
    from earwitness.writers import Sdh

    return Sdh(marks_of(language), into=None if into is None else read_subtitles(Path(into)))


def event_options(
    events: bool, segments: float | None, sdh: Sdh | None, least: float | None, most: float | None
) -> EventOptions | None:
    """How events are cut; None where none are asked for. Sound descriptions are of events unless of
    segments."""
    from earwitness.timeline.options import EventOptions

    if events and segments is not None:
        raise OptionError("a sound is cut by --events or by --segments, not by both.")
    if not events and (segments is not None or sdh is None):
        if least is not None or most is not None:
            raise OptionError("--min-event and --max-event are lengths of events: add --events.")
        return None
    default = EventOptions()
    shortest = default.min_seconds if least is None else least
    return EventOptions(min_seconds=shortest, max_seconds=most)
