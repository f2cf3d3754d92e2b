"""Subtitles that say what sounds in a film, woven into the subtitles of what is spoken.

    python examples/subtitles.py film.mkv film.srt                  # descriptions alone
    python examples/subtitles.py film.mkv film.sdh.srt film.en.srt  # among the spoken lines

Films need pip install 'earwitness[av]'; sound files do not.
"""

from __future__ import annotations

import sys
from pathlib import Path

import earwitness
from earwitness.timeline.options import EventOptions
from earwitness.timeline.subtitles.files import read_subtitles
from earwitness.writers import Sdh, get_writer

SURE = 0.5  # of what is believed less, nothing is said: a wrong description is worse than none


def main(film: str, output: str, spoken: str | None = None) -> None:
    events = earwitness.CaptionOptions(events=EventOptions(min_seconds=0.5))
    captions = earwitness.load().caption_segments(film, events)
    sure = [c for c in captions if c.text and (c.confidence or 0) >= SURE]
    style = Sdh(into=read_subtitles(Path(spoken)) if spoken else None)
    with get_writer(Path(output).suffix[1:], output, sdh=style) as writer:
        for caption in sure:
            writer.write(caption)
    print(f"{len(sure)} sounds described in {output}, {len(captions) - len(sure)} left out")


if __name__ == "__main__":
    main(*sys.argv[1:])
