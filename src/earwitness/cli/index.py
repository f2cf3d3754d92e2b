"""``earwitness index``: folders into an archive that can be searched."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from earwitness.cli.flags import Argument, Exit, Option
from earwitness.cli.shared_flags import Debug, Device, Encoder, LanguageModel, Method, Model, Preset

if TYPE_CHECKING:
    from earwitness.archive import Progress

ARCHIVE = Path("sounds.db")


def index(
    folders: Annotated[list[str], Argument(metavar="FOLDER...", help="Folders of sounds, and files.")],
    archive: Annotated[
        Path, Option("--archive", "-a", metavar="FILE", help="The archive; made where there is none.")
    ] = ARCHIVE,
    segments: Annotated[
        float | None,
        Option(
            min=0, metavar="SECONDS", help="Caption every so many seconds; 0: whole sounds. 10 unless given."
        ),
    ] = None,
    events: Annotated[
        bool, Option("--events", help="Caption each sound event, as the sound changes.")
    ] = False,
    prune: Annotated[bool, Option("--prune", help="Drop sounds that are gone.")] = False,
    retry: Annotated[
        bool, Option("--retry/--no-retry", help="Try again what could not be read before.")
    ] = True,
    wait: Annotated[bool, Option("--wait", help="Wait for another run to end.")] = False,
    model: Model = None,
    method: Method = None,
    preset: Preset = None,
    encoder: Encoder = None,
    lm: LanguageModel = None,
    device: Device = None,
    workers: Annotated[int, Option(min=1, help="Sounds listened to side by side.")] = 2,
    debug: Debug = False,
) -> None:
    """Listen to folders of sounds once, so that 'earwitness search' finds them in milliseconds.

    Given again, only what is new or changed is listened to. A sound that was moved is known by its content;
    one that is gone is passed over in searches, and dropped with --prune. A run that was stopped, or killed,
    goes on when the command is given again. The archive is one SQLite file.
    """
    from earwitness.archive.archive import open
    from earwitness.archive.making import captioner_for, options_for
    from earwitness.timeline.options import EventOptions

    cut = EventOptions() if events else None
    with open(archive, create=True) as sounds:
        options = options_for(sounds, segments, cut, prune=prune, retry=retry, wait=wait)
        captioner = captioner_for(
            sounds,
            model,
            method=method,
            preset=preset,
            encoder=encoder,
            lm=lm,
            device=device,
            workers=workers,
        )
        with _bar() as tick:
            report = sounds.index(folders, options, captioner=captioner, tick=tick)
    for _, error in report.failed:
        print(f"earwitness: {error}", file=sys.stderr)
    for line in report.lines():
        print(line)
    if report.failed:
        count = len(report.failed)
        what = "sound" if count == 1 else "sounds"
        print(f"earwitness: {count} {what} could not be captioned, see above.", file=sys.stderr)
        raise Exit(1)


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None] | None]:
    from earwitness.cli.progress import progress

    with progress("indexing") as show:
        yield None if show is None else lambda p: show(p.done, p.total)
