"""``earwitness study``: make the page of a listening study, and read what came back."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug
from earwitness.common.counting import agreeing, counted

if TYPE_CHECKING:
    from earwitness.study.answers import Returned
    from earwitness.study.figures import Figures


def study(
    task: Annotated[str, Argument(metavar="make|read", help="Make a page, or read answers.")],
    files: Annotated[
        list[Path], Argument(metavar="FILE...", help="make: captions of A and of B; read: answers.")
    ],
    audio: Annotated[Path | None, Option(metavar="FOLDER", help="make: where the sounds are.")] = None,
    clips: Annotated[int, Option("--clips", "-n", min=1, help="make: clips in it.")] = 10,
    seed: Annotated[int, Option(min=0, help="Of the clips drawn, and of the figures' draws.")] = 1,
    output: Annotated[Path, Option("--output", "-o", metavar="FILE", help="make: the page.")] = Path(
        "study.html"
    ),
    scale: Annotated[
        bool, Option("--scale", help="make: one system's captions, graded from 1 to 5.")
    ] = False,
    format: Annotated[str, Option("--format", "-f", help="read: text or json.")] = "text",
    debug: Debug = False,
) -> None:
    """Ask people which captions are better: the listening study of audibility guidance.

    make A.jsonl B.jsonl --audio FOLDER writes one page that works offline in any browser; participants save
    their answers as a file and send it back. read answers/*.json prints each question's shares as the paper
    does, with an interval, a test, and how far participants agree; spoiled files are named.
    """
    from earwitness.common.errors import OptionError

    if format not in ("text", "json"):
        raise OptionError(f"format is text or json, not {format!r}.")
    if task == "make":
        _make(files, audio, clips, seed, output, scale)
    elif task == "read":
        _read(files, seed, format)
    else:
        raise OptionError(f"study can make or read, not {task!r}.")


def _make(files: list[Path], audio: Path | None, clips: int, seed: int, output: Path, scale: bool) -> None:
    from earwitness.common.errors import OptionError
    from earwitness.study.design import StudyOptions, make_study
    from earwitness.study.page import write_page
    from earwitness.study.sounds import captions_by_system, find_clips

    if audio is None:
        raise OptionError("a study needs the sounds: name their folder with --audio.")
    if len(files) != (1 if scale else 2):
        raise OptionError(
            "--scale grades one system and a study without it compares two; "
            f"{counted(len(files), 'file was', 'files were')} named."
        )
    systems = captions_by_system(files)
    made = make_study(systems, find_clips(systems, audio), StudyOptions(clips, seed))
    write_page(made, output)
    passed = [
        f"; {counted(n, 'clip')} {why} {agreeing(n, 'was', 'were')} passed over"
        for why, n in made.left_out.items()
        if n
    ]
    drawn = counted(len(made.items), "clip")
    print(f"study {made.name}, {drawn}, written to {output}{''.join(passed)}", file=sys.stderr)


def _read(files: list[Path], seed: int, format: str) -> None:
    from earwitness.study.answers import read_answers
    from earwitness.study.figures import figures

    returned = read_answers(files)
    found = figures(returned, seed)
    if format == "json":
        print(json.dumps(_plain(returned, found), ensure_ascii=False, indent=1))
        return
    people, each = counted(len(returned.participants), "participant"), counted(len(returned.clips), "clip")
    print(f"study {returned.study}: {people}, {each} each")
    for row in found:
        print(f"\n{row.text}")
        for line in _lines(returned.systems, row):
            print(f"  {line}")
    for spoiled in returned.spoiled:
        print(f"earwitness: not counted: {spoiled.file} {spoiled.reason}", file=sys.stderr)


def _lines(systems: tuple[str, ...], row: Figures) -> list[str]:
    low, high = row.interval
    agreement = "" if row.kappa is None else f", Fleiss' kappa {row.kappa:.2f}"
    if row.p_value is None:
        return [
            f"{systems[0]}: {row.mean:.2f} ± {row.deviation:.2f} of 5  [{low:.2f}, {high:.2f}]{agreement}"
        ]
    return [
        f"{systems[0]}: {row.mean:.0%} ± {100 * row.deviation:.0f}  [{low:.0%}, {high:.0%}]",
        f"{systems[1]}: {1 - row.mean:.0%} ± {100 * row.deviation:.0f}  [{1 - high:.0%}, {1 - low:.0%}]",
        f"sign-flip test p = {row.p_value:.2g}{agreement}",
    ]


def _plain(returned: Returned, found: tuple[Figures, ...]) -> Mapping[str, Any]:
    from dataclasses import asdict

    return {
        "study": returned.study,
        "systems": returned.systems,
        "participants": len(returned.participants),
        "clips": len(returned.clips),
        "questions": [asdict(row) for row in found],
        "spoiled": [asdict(s) for s in returned.spoiled],
    }
