"""``earwitness prepare``: captions out of tables into one list, or a table to evaluate on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug
from earwitness.common.counting import counted, of_them


def prepare(
    files: Annotated[
        list[Path],
        Argument(metavar="FILE...", help="Tables or lists of captions: csv, tsv, json, jsonl, txt."),
    ],
    output: Annotated[
        Path, Option("--output", "-o", help="What to write: .txt, .json or .jsonl; with --sounds .csv.")
    ],
    sounds: Annotated[
        Path | None,
        Option(metavar="FOLDER", help="Make an evaluation table of the sounds in this folder instead."),
    ] = None,
    keep_repeats: Annotated[
        bool, Option("--keep-repeats", help="Keep captions that were there before.")
    ] = False,
    keep_headers: Annotated[
        bool, Option("--keep-headers", help="Keep words like caption_1, as the published program does.")
    ] = False,
    debug: Debug = False,
) -> None:
    """Make one list of captions to train on, or with --sounds one table to evaluate on.

    Headers are never among the captions. Empty and repeated captions are counted; references without their
    sound are counted and named.
    """
    if sounds is not None:
        _evaluation(files, sounds, output)
        return
    from earwitness.datasets.caption_list import read_captions, write_captions

    found = read_captions(files, keep_repeats=keep_repeats, keep_headers=keep_headers)
    write_captions(found.captions, output)
    left = "kept" if keep_repeats else "left out"
    _say(f"{counted(len(found.captions), 'caption')} written to {output}.")
    for count, one, many in (
        (found.repeated, f"repeated caption was {left}", f"repeated captions were {left}"),
        (found.empty, "empty caption was left out", "empty captions were left out"),
        (found.headers, "header cell was left out", "header cells were left out"),
    ):
        if count:
            _say(f"{counted(count, one, many)}.")


def _evaluation(files: list[Path], sounds: Path, output: Path) -> None:
    from earwitness.common.errors import OptionError
    from earwitness.evaluation.table import write_evaluation_table

    if len(files) != 1:
        raise OptionError(f"an evaluation table is made of one table of references, not of {len(files)}.")
    found = write_evaluation_table(files[0], sounds, output)
    _say(f"{counted(len(found.sounds), 'sound and its', 'sounds and their')} references written to {output}.")
    if found.missing:
        missing = of_them(len(found.missing), len(found.references.captions), "sound", "is", "are")
        _say(f"{missing} missing:")
        for clip in found.missing:
            _say(f"  {clip}")


def _say(line: str) -> None:
    print(line, file=sys.stderr)
