"""``earwitness reproduce``: a published table by one command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Exit, Option
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import Debug


def reproduce(
    name: Annotated[
        str | None, Argument(metavar="[TABLE]", help="zeraucap, audibility or wsac; all with --list.")
    ] = None,
    data: Annotated[
        Path | None, Option(metavar="FOLDER", help="The data sets; with --small any dataset of sounds.")
    ] = None,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FOLDER", help="For rows and report.")
    ] = None,
    rows: Annotated[
        list[str] | None, Option(metavar="ROW", help="Only rows of this name; * and ? stand for any.")
    ] = None,
    limit: Annotated[int | None, Option(min=1, metavar="N", help="Clips of each test set.")] = None,
    list: Annotated[bool, Option("--list", help="Say what each table needs.")] = False,
    check: Annotated[bool, Option("--check", help="Say what is missing here, and run nothing.")] = False,
    small: Annotated[
        bool, Option("--small", help="Small models on ten clips: shows that it runs, no reproduction.")
    ] = False,
    encoder: Annotated[str, Option(metavar="NAME", help="With --small: the encoder.")] = "tags",
    lm: Annotated[str, Option(metavar="NAME", help="With --small: the language model.")] = "offline",
    debug: Debug = False,
) -> None:
    """Run the rows of a published table and set them beside what was printed.

    FOLDER holds audiocaps/ and clotho/, each with test.csv, train.csv and its sounds in audio/. A run that is
    stopped goes on where it was when the same command is given again. The report is written as json and md.
    """
    from earwitness.common.errors import OptionError
    from earwitness.reproduce.needs import missing, summary
    from earwitness.reproduce.report import to_dict, to_markdown, write_reports
    from earwitness.reproduce.run import ReproduceOptions, chosen_rows, run_rows
    from earwitness.reproduce.standins import CLIPS, StandIns
    from earwitness.reproduce.tables import TABLES, find_table

    if list:
        print("\n\n".join(summary(t, t.rows) for t in ([find_table(name)] if name else TABLES.values())))
        return
    if name is None or data is None:
        raise OptionError("name a table and the folder of its data with --data; --list says what there is.")
    table = find_table(name)
    options = ReproduceOptions(
        data,
        output or Path(f"reproduce-{name}"),
        limit if limit or not small else CLIPS,
        tuple(rows or ()),
        StandIns(encoder, lm) if small else None,
    )
    if check:
        lacking = [] if small else missing(chosen_rows(table, options), data)
        print("\n".join(lacking) or "everything is here.")
        raise Exit(1 if lacking else 0)
    with _told() as tick:
        done = [row for row in run_rows(table, options, tick)]
    report = to_dict(table, done, small=small)
    write_reports(report, options.output)
    print(to_markdown(report), end="")
    print(f"earwitness: the report is in {options.output}", file=sys.stderr)


@contextmanager
def _told() -> Iterator[Callable[[str, int, int], None]]:
    with progress("captioning") as tick:
        yield lambda row, done, of: tick(done, of) if tick else None
