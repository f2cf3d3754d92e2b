"""``earwitness live``: what the microphone hears, as it happens."""

from __future__ import annotations

import sys
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug
from earwitness.common.counting import counted

if TYPE_CHECKING:
    from earwitness.common.caption import Caption


class Encoding(str, Enum):
    """How raw samples are written."""

    s16le = "s16le"
    s32le = "s32le"
    f32le = "f32le"
    u8 = "u8"


class Shown(str, Enum):
    """How captions are shown."""

    text = "text"
    jsonl = "jsonl"


def live(
    source: Annotated[
        str | None,
        Argument(metavar="[SOURCE]", help="A sound file, or '-' for raw samples; else the microphone."),
    ] = None,
    device: Annotated[
        str | None, Option(metavar="NAME", help="Microphone, by name or number; else the default.")
    ] = None,
    devices: Annotated[bool, Option("--devices", help="List the microphones and leave.")] = False,
    rate: Annotated[int, Option(metavar="HZ", help="Of raw samples.")] = 16000,
    channels: Annotated[int, Option(min=1, help="Of raw samples.")] = 1,
    encoding: Annotated[Encoding, Option(help="Of raw samples.")] = Encoding.s16le,
    window: Annotated[float, Option(metavar="SECONDS", help="Listened to at a time.")] = 4.0,
    hop: Annotated[float, Option(metavar="SECONDS", help="From one listening to the next.")] = 1.0,
    format: Annotated[Shown, Option("--format", "-f", help="What to write.")] = Shown.text,
    keywords: Annotated[bool, Option("--keywords", help="Show what was heard, too.")] = False,
    model: Annotated[str | None, Option(metavar="FOLDER", help="A model of your own.")] = None,
    debug: Debug = False,
) -> None:
    """Say what is heard, whenever it changes.

    Times count from the beginning. Ctrl-C ends it. 'arecord -f S16_LE -r 16000 -t raw | earwitness live -'
    listens without the extra.
    """
    from earwitness import load
    from earwitness.server.live.ear import Ear, LiveOptions, listen
    from earwitness.server.live.sources import file_blocks, microphone_blocks, microphones, pipe_blocks

    if devices:
        for number, name, count in microphones():
            print(f"{number:3}  {name}  ({counted(count, 'channel')})")
        return
    captioner = load(model)
    raw = source == "-"
    options = LiveOptions(
        rate=rate if raw else captioner.encoder.rate,
        channels=channels if raw else 1,
        encoding=encoding.value if raw else "s16le",
        window=window,
        hop=hop,
    )
    blocks: Any
    if raw:
        blocks = pipe_blocks(sys.stdin.buffer, options)
    elif source is not None:
        blocks = file_blocks(source, options.rate)
    else:
        blocks = microphone_blocks(options.rate, device)
    try:
        for caption in listen(captioner, blocks, Ear(options, source or "microphone")):
            _show(caption, format, keywords=keywords)
    except KeyboardInterrupt:
        return  # the way to end it


def _show(caption: Caption, format: Shown, *, keywords: bool) -> None:
    from earwitness.writers import get_writer

    with get_writer(format.value, "-", segments=True) as writer:
        if format is Shown.text:
            writer.keywords = keywords  # type: ignore[attr-defined]
        writer.write(caption)
    sys.stdout.flush()
