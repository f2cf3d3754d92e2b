"""``earwitness archive``: what is in an archive, what is in it twice, and all of it elsewhere."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Option, echo
from earwitness.cli.index import ARCHIVE
from earwitness.cli.shared_flags import Debug
from earwitness.common.counting import counted


class Action(str, Enum):
    """What to do with an archive."""

    stats = "stats"
    duplicates = "duplicates"
    export = "export"
    prune = "prune"
    check = "check"


def archive(
    action: Annotated[
        Action,
        Argument(help="Figures; sounds that are there twice; all events; drop what is gone; is it whole?"),
    ],
    archive: Annotated[
        Path, Option("--archive", "-a", metavar="FILE", help="Made by earwitness index.")
    ] = ARCHIVE,
    output: Annotated[
        Path | None,
        Option(
            "--output", "-o", help="With export: a .parquet, .csv or .jsonl file, or a folder for datasets."
        ),
    ] = None,
    format: Annotated[
        str | None,
        Option(
            "--format",
            "-f",
            help="With export: parquet, csv, jsonl or datasets; with the others text or json.",
        ),
    ] = None,
    copy: Annotated[
        bool, Option("--copy", help="With export to a folder: copy the sounds, do not link to them.")
    ] = False,
    likeness: Annotated[
        float, Option(min=0, max=1, help="With duplicates: least likeness of two sounds.")
    ] = 0.9,
    wait: Annotated[bool, Option("--wait", help="With prune: wait for another run to end.")] = False,
    debug: Debug = False,
) -> None:
    """See what is in an archive: stats, duplicates, export, prune, check.

    Duplicates are files of equal content, and files that are the same recording in another format, at another
    level, or cut a little: what was heard alike is listened to once more. An export holds a row an event.
    """
    from earwitness.archive.archive import open
    from earwitness.archive.telling.showing import shown_duplicates, shown_stats
    from earwitness.common.errors import OptionError

    if action is not Action.export and (output is not None or copy):
        raise OptionError("--output and --copy are for export.")
    if action is not Action.export and format not in (None, "text", "json"):
        raise OptionError(f"format is text or json, not {format!r}.")
    with open(archive) as sounds:
        if action is Action.stats:
            stats = sounds.stats()
            echo(
                json.dumps(stats.to_dict(), ensure_ascii=False, indent=1)
                if format == "json"
                else shown_stats(stats)
            )
        elif action is Action.duplicates:
            groups = sounds.duplicates(likeness)
            rows = [g.to_dict() for g in groups]
            echo(json.dumps(rows, indent=1) if format == "json" else shown_duplicates(groups))
        elif action is Action.export:
            if output is None:
                raise OptionError("an export needs --output: a .parquet, .csv or .jsonl file, or a folder.")
            events = sounds.export(output, format, copy=copy)
            echo(f"{counted(events, 'event')} written to {output}.")
        elif action is Action.prune:
            gone = sounds.prune(wait=wait)
            echo(f"{counted(gone, 'file that is gone was', 'files that are gone were')} dropped.")
        else:
            sounds.check()
            echo(f"{archive} is whole.")
