"""``earwitness show``: a sound as a page, or as a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug, MaxSeconds, MinEvent, Model


def show(
    sound: Annotated[str, Argument(metavar="SOUND", help="A sound file, or a film.")],
    output: Annotated[
        str, Option("--output", "-o", help="What to write: a .html page, or a .svg or .png picture.")
    ],
    min_event: MinEvent = None,
    model: Model = None,
    max_seconds: MaxSeconds = None,
    debug: Debug = False,
) -> None:
    """Draw a sound: waveform, spectrogram, its events with their captions, what was heard over time.

    The page carries the sound and plays it; it needs no other file and no network.
    """
    from earwitness.audio import AudioLimits
    from earwitness.captioning.loading import load
    from earwitness.captioning.options import CaptionOptions
    from earwitness.show import shown, writer_for
    from earwitness.timeline.options import EventOptions

    write = writer_for(output)
    asked: dict[str, Any] = {} if min_event is None else {"min_seconds": min_event}
    limits = AudioLimits() if max_seconds is None else AudioLimits(max_seconds=max_seconds)
    options = CaptionOptions(events=EventOptions(**asked), limits=limits)
    write(shown(load(model), sound, options), Path(output))
    print(f"earwitness: {output} shows {sound}.", file=sys.stderr)
