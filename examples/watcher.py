"""Listen all day, and say when a door bell or an alarm sounds.

    python examples/watcher.py                  # the microphone: pip install 'earwitness[live,serve]'
    python examples/watcher.py evening.flac     # a recording in its place

Instead of printing, call what should be called: a lamp, a message, a script. Nothing is kept or sent.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import earwitness
from earwitness.server.live.ear import Ear, LiveOptions
from earwitness.server.live.sources import file_blocks, microphone_blocks

WATCHED = {
    "door bell": ("Doorbell", "Ding-dong"),
    "alarm": ("Smoke detector, smoke alarm", "Fire alarm", "Alarm", "Siren", "Buzzer"),
}
SURE = 0.25  # of the tagger, over four seconds
QUIET = 10.0  # seconds in which the same thing is not said twice


def watch(source: str | None) -> Iterator[tuple[float, str, float]]:
    """When something that is watched for is heard: (second, what, how surely)."""
    captioner = earwitness.load()
    rate = captioner.encoder.rate
    ear = Ear(LiveOptions(rate=rate, window=4.0, hop=1.0), source or "microphone")
    many = earwitness.CaptionOptions(keywords=20)
    last: dict[str, float] = {}
    for block in file_blocks(source, rate) if source else microphone_blocks(rate):
        ear.add(block)
        if not ear.due:
            continue
        heard = captioner.caption(ear.window(), many)
        for what, names in WATCHED.items():
            sure = max((k.score for k in heard.keywords if k.text in names), default=0.0)
            if sure >= SURE and heard.end - last.get(what, -QUIET) >= QUIET:
                last[what] = heard.end
                yield heard.end, what, sure


if __name__ == "__main__":
    for second, what, sure in watch(sys.argv[1] if len(sys.argv) > 1 else None):
        print(f"{second // 60:02.0f}:{second % 60:02.0f}  {what} ({sure:.2f})", flush=True)
