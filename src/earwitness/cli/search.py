"""``earwitness search``: an archive by words, by sound, by time."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Exit, Option
from earwitness.cli.index import ARCHIVE
from earwitness.cli.shared_flags import Debug


def search(
    query: Annotated[str | None, Argument(metavar="QUERY", help="What is to be heard.")] = None,
    archive: Annotated[
        Path, Option("--archive", "-a", metavar="FILE", help="Made by earwitness index.")
    ] = ARCHIVE,
    without: Annotated[
        list[str] | None,
        Option("--not", metavar="WORDS", help="What is not to be heard; may be given several times."),
    ] = None,
    like: Annotated[str | None, Option(metavar="SOUND", help="A sound that results are like.")] = None,
    top: Annotated[int, Option("--top", "-n", min=1, metavar="N", help="Results.")] = 20,
    min_confidence: Annotated[float, Option(min=0, max=1, help="Least confidence of captions.")] = 0.0,
    longer: Annotated[float | None, Option(metavar="SECONDS", help="Least length.")] = None,
    shorter: Annotated[float | None, Option(metavar="SECONDS", help="Greatest length.")] = None,
    path: Annotated[
        str | None, Option(metavar="PATTERN", help="Which files, such as 'field/2024/*'.")
    ] = None,
    since: Annotated[
        str | None, Option(metavar="TIME", help="Files changed since: 2024-05-01, 12h, 30d, 2w.")
    ] = None,
    missing: Annotated[bool, Option("--missing", help="Sounds that are gone, too.")] = False,
    format: Annotated[str, Option("--format", "-f", help="text, json, jsonl, csv or m3u.")] = "text",
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="Where to write; else the screen.")
    ] = None,
    open_best: Annotated[bool, Option("--open", help="Play the best result.")] = False,
    words: Annotated[
        float | None, Option(min=0, help="Weight of the words in captions and keywords.")
    ] = None,
    sound: Annotated[float | None, Option(min=0, help="Weight of how the sound matches the query.")] = None,
    feedback: Annotated[
        float | None, Option(min=0, help="Weight of what the best results sound like.")
    ] = None,
    encoder: Annotated[
        str | None,
        Option(metavar="NAME", help="The archive's own unless given; it has to be that one."),
    ] = None,
    debug: Debug = False,
) -> None:
    """Find stretches of sound by what is heard in them.

    Captions, the names of sounds that were heard, and the sounds themselves are searched at once. "a dog, no
    traffic" means the same as --not traffic. Without a query and without --like, what passes the filters is
    listed in the order of paths.
    """
    from earwitness.archive.archive import open
    from earwitness.archive.finding.times import since as since_time
    from earwitness.archive.options import Filters, SearchOptions
    from earwitness.archive.telling.output import check_format, deliver

    check_format(format)
    filters = Filters(
        min_confidence, longer, shorter, path, None if since is None else since_time(since), missing
    )
    options = SearchOptions(top=top, without=tuple(without or ()), filters=filters)
    weights = {"words": words, "sound": sound, "feedback": feedback}
    options = replace(options, **{name: value for name, value in weights.items() if value is not None})  # type: ignore[arg-type]
    with open(archive, encoder=encoder) as sounds:
        hits = sounds.search(query, options, like=like)
    deliver(hits, format, output)
    if not hits:
        print("earwitness: nothing was found.", file=sys.stderr)
        raise Exit(1)
    if open_best:
        from earwitness.archive.telling.play import play

        play(hits[0])
